package policy

import "context"

type identityKey struct{}

// NewContext is ctx with the caller's identity, put there once the caller was
// let in.
func NewContext(ctx context.Context, who Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, who)
}

// FromContext is the caller's identity, and whether there is one: nobody was
// let in without it.
func FromContext(ctx context.Context) (who Identity, ok bool) {
	who, ok = ctx.Value(identityKey{}).(Identity)
	return who, ok
}
