// Package verbs proves the verb map of proto/README.md: every verb of
// Sockapi-TS's network tests has a row there, and every row a script here, which
// the two real programs run. The package itself is empty.
package verbs
