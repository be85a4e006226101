package bucket

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"
)

// findCredentials returns those of the profile, or else the first found in the environment, in the files of Amazon's tools
// and in the role of the machine; with role those that they are exchanged for.
func findCredentials(ctx context.Context, client *http.Client, profile, role, region string) (*credentials.Credentials, error) {
	found := credentials.NewFileAWSCredentials("", profile)
	if profile == "" {
		machine := &http.Client{Transport: client.Transport, Timeout: 5 * time.Second} // most machines have no role to offer
		found = credentials.NewChainCredentials([]credentials.Provider{
			&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{Client: machine},
		})
	}
	value, err := found.GetWithContext(&credentials.CredContext{Client: client, Context: ctx})
	if err != nil {
		return nil, fmt.Errorf("profile %q: %w", profile, err)
	}
	if value.AccessKeyID == "" {
		return nil, errors.New("no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE to a profile of ~/.aws/credentials")
	}
	if role == "" {
		return found, nil
	}
	host := "sts.amazonaws.com"
	if region != "" {
		host = "sts." + region + ".amazonaws.com"
	}
	return credentials.NewSTSAssumeRole("https://"+host, credentials.STSAssumeRoleOptions{
		AccessKey: value.AccessKeyID, SecretKey: value.SecretAccessKey, SessionToken: value.SessionToken,
		RoleARN: role, RoleSessionName: "tidemark", Location: region,
	})
}

// googleKey returns the HMAC key of a service account of Google.
func googleKey() (id, secret string, err error) {
	id, secret = os.Getenv("GS_ACCESS_KEY_ID"), os.Getenv("GS_SECRET_ACCESS_KEY")
	if id == "" || secret == "" {
		return "", "", errors.New("no credentials; set GS_ACCESS_KEY_ID and GS_SECRET_ACCESS_KEY to an HMAC key of a service account (gcloud storage hmac create makes one)")
	}
	return id, secret, nil
}
