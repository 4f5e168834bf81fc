package render

import (
	"encoding/json"
	"io"
)

// Failure is what `-o json` writes on stderr when the exit code is not 0.
type Failure struct {
	// Code is the gRPC code in its own spelling ("NOT_FOUND"), or one of
	// "USAGE", "UNREACHABLE", "OUTCOME", "EXPECTATION", "ELAPSED", "END",
	// "SIGNAL", "LOCAL".
	Code string `json:"code"`
	// Reason is the contract's ErrorReason or OutcomeCode without its prefix;
	// empty where there is none.
	Reason string `json:"reason,omitempty"`
	// Message is the sentence that people get.
	Message string `json:"message"`
	// SaidBy names the agent that said so; empty when ctl did.
	SaidBy string `json:"saidBy,omitempty"`
	// Metadata is the agent's ErrorInfo.metadata.
	Metadata map[string]string `json:"metadata,omitempty"`
	// Violations names the fields at fault.
	Violations []FieldViolation `json:"violations,omitempty"`
	// Confirmed is what passed of a stream that broke off; else nil.
	Confirmed *Confirmed `json:"confirmed,omitempty"`
	// Exit is ctl's exit code.
	Exit int `json:"exit"`
}

// Confirmed is how many bytes are known to have passed each way.
type Confirmed struct {
	Sent     int64 `json:"sent"`             // taken by the host's kernel
	Received int64 `json:"received"`         // taken by stdout
	AtMost   bool  `json:"atMost,omitempty"` // Sent may have been less
}

// FieldViolation is one field at fault.
type FieldViolation struct {
	Field       string `json:"field"`          // the contract's path
	Flag        string `json:"flag,omitempty"` // what it is called on the command line
	Description string `json:"description"`
}

// FailureJSON writes f as one line.
func FailureJSON(w io.Writer, f Failure) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(f)
}
