//go:build linux

package sock

// Stage is a step of Open.
type Stage int

// The stages in their order; 0 is none.
const (
	StageSocket Stage = iota + 1
	StageOption
	StageResolve
	StageBind
	StageListen
	StageConnect
)

// Spec says what Open makes.
type Spec struct {
	Family Family
	Type   Type
	// Protocol is socket(2)'s third argument; 0 is the family's default.
	Protocol int
	// Namespace is the network namespace to make the socket in: a name under
	// /run/netns, or a path that begins with a slash. Empty: the agent's own.
	Namespace string
	// Options are set in this order before bind.
	Options []Option
	// Bind, Listen (the backlog) and Connect are done in this order where not
	// nil.
	Bind    *Address
	Listen  *int
	Connect *Address
	// KeepOnFailure returns the socket also when a stage was not Done.
	KeepOnFailure bool
}

// OpenResult says how far Open came.
type OpenResult struct {
	Outcome Outcome
	// Stage is the one that Outcome speaks of; 0 when Done.
	Stage Stage
	// OptionIndex is the failing option's place with StageOption, else -1.
	OptionIndex int
}
