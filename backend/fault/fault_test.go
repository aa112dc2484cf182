package fault_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	. "github.com/voldaan/voldaan/backend/fault"
)

func TestCodeAndCauseAreReachable(t *testing.T) {
	err := fmt.Errorf("while reading: %w", Wrap(io.ErrUnexpectedEOF, Invalid, "import.cut", "the file ends in the middle of row 7").With("row", "7"))
	if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(err, &Error{Code: "import.cut"}) {
		t.Errorf("cause or code is lost in %v", err)
	}
	if errors.Is(err, &Error{Code: "import.other"}) || errors.Is(err, &Error{Code: "import.cut", Err: io.EOF}) {
		t.Error("it matches another error")
	}
	if got := As(err); got.Kind != Invalid || got.Params["row"] != "7" {
		t.Errorf("got %+v", got)
	}
	if got := err.Error(); !strings.Contains(got, "import.cut: the file ends in the middle of row 7: unexpected EOF") {
		t.Errorf("for the log it is %q", got)
	}
}

// TestUnknownErrorsShowNothing guards that a foreign error's text, which may hold data, never becomes a message.
func TestUnknownErrorsShowNothing(t *testing.T) {
	cause := errors.New("constraint failed: jan@example.nl")
	got := As(cause)
	if got.Kind != Internal || strings.Contains(got.Message, "jan") || !errors.Is(got, cause) || KindOf(cause) != Internal {
		t.Errorf("got %+v", got)
	}
}

func TestKinds(t *testing.T) {
	seen := map[string]bool{}
	for k := Internal; k <= TooLarge; k++ {
		if s := k.String(); s == "" || seen[s] || s != strings.ToLower(s) {
			t.Errorf("kind %d is called %q", k, s)
		} else {
			seen[s] = true
		}
	}
	for _, tt := range []struct {
		err  *Error
		want Kind
	}{{Invalidf("a", "%d", 1), Invalid}, {NotFoundf("a", "x"), NotFound}, {Conflictf("a", "x"), Conflict}, {New(Throttled, "a", "x"), Throttled}} {
		if KindOf(tt.err) != tt.want {
			t.Errorf("%v is of kind %s", tt.err, KindOf(tt.err))
		}
	}
}
