package lake

import (
	"context"

	"tidemark/datasets/mirror/bucket"
)

// maxUnreadable is the longest record of a file that could not be decoded, in bytes.
const maxUnreadable = 1 << 20

// PutUnreadable leaves the record of a file that a worker could not decode, under that name.
func (l *Lake) PutUnreadable(ctx context.Context, name string, record []byte) error {
	return l.put(ctx, failures+name, record, bucket.Upload{})
}

// TakeUnreadable calls take for each record that workers left, and removes those that it took.
func (l *Lake) TakeUnreadable(ctx context.Context, take func(record []byte) error) error {
	for more := true; more; {
		var found []bucket.Object
		var err error
		if found, more, err = l.portion(ctx, failures); err != nil {
			return err
		}
		for _, o := range found {
			record, err := l.get(ctx, o.Key, maxUnreadable)
			if err == nil {
				err = take(record)
			}
			if err == nil {
				err = l.remove(ctx, o.Key)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
