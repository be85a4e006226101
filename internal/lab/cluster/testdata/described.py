"""Holds the files of examples for Kubernetes and AWS Batch against the descriptions that these publish: the schemas of Kubernetes' OpenAPI,
strictly, and the service model of AWS. Then it misspells a name in each, which must be found.

    described.py EXAMPLES
"""

import copy
import json
import pathlib
import sys

import botocore.loaders
import botocore.model
import botocore.validate
import kubernetes_validate
import yaml

examples = pathlib.Path(sys.argv[1])
batch = botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model("batch", "service-2"))


def kubernetes(job):
    """Returns what a release of Kubernetes refuses in a resource."""
    try:
        for release in "1.33", "1.37":  # the first with per-index limits as they stay, and the newest
            kubernetes_validate.validate(job, release, strict=True)
    except kubernetes_validate.ValidationError as e:
        return str(e)
    return ""


def aws(operation, parameters):
    """Returns what is wrong with the parameters of an operation, names of enumerations included."""
    shape = batch.operation_model(operation).input_shape
    return botocore.validate.ParamValidator().validate(parameters, shape).generate_report() + "".join(unlisted(shape, parameters))


def unlisted(shape, v):
    """Yields the texts that are not in the enumerations of their shapes."""
    if shape.type_name == "structure":
        for name in v.keys() & shape.members.keys():
            yield from unlisted(shape.members[name], v[name])
    elif shape.type_name == "list":
        for element in v:
            yield from unlisted(shape.member, element)
    elif enum := getattr(shape, "enum", None):
        if v not in enum:
            yield f"{v!r} is none of {enum}\n"


def main():
    job = yaml.safe_load((examples / "kubernetes" / "work.yaml").read_text())
    definition, submission = (json.loads((examples / "aws-batch" / name).read_text()) for name in ("job-definition.json", "submit-job.json"))
    wrong = kubernetes(job) + aws("RegisterJobDefinition", definition) + aws("SubmitJob", submission)
    if wrong:
        sys.exit(wrong)

    misspelt = copy.deepcopy(job)
    misspelt["spec"]["backoffLimitPerIndx"] = misspelt["spec"].pop("backoffLimitPerIndex")
    unknown, other = copy.deepcopy(definition), copy.deepcopy(definition)
    unknown["retryStrategy"]["atempts"] = unknown["retryStrategy"].pop("attempts")
    other["retryStrategy"]["evaluateOnExit"][0]["action"] = "STOP"
    for what, found in ("kubernetes", kubernetes(misspelt)), ("a name", aws("RegisterJobDefinition", unknown)), ("a value", aws("RegisterJobDefinition", other)):
        if not found:
            sys.exit(f"{what} that is misspelt was not found")


main()
