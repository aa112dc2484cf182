package ladder

import (
	"cmp"
	"slices"
	"strings"

	"github.com/voldaan/voldaan/backend/fault"
)

// Default is the ladder of rulebook 11.1, in days relative to the due date.
func Default() Strategy {
	return Strategy{ID: "default", GraceDays: DefaultGrace, MinGap: DefaultGap, SmallBalance: DefaultSmall, Steps: []Step{
		{ID: "heads_up", Day: -3, Channel: Email, Tone: HeadsUp, Above: 50_000},
		{ID: "reminder", Day: 3, Channel: Email, Tone: Friendly},
		{ID: "second", Day: 10, Channel: Email, Tone: Neutral},
		{ID: "call", Day: 17, Channel: Call, Tone: Neutral},
		{ID: "formal", Day: 24, Channel: Email, Tone: Formal},
		{ID: "final", Day: 42, Channel: Email, Tone: Final},
		{ID: "handover", Day: 56, Channel: Handover, Tone: Final, Approval: true},
	}}
}

// days is the default ladder with other days for some steps; a step without a day is left out.
func days(id string, at map[string]int, change func(*Step)) Strategy {
	s := Default()
	s.ID = id
	s.Steps = slices.DeleteFunc(s.Steps, func(x Step) bool { _, ok := at[x.ID]; return !ok })
	for i := range s.Steps {
		s.Steps[i].Day = at[s.Steps[i].ID]
		if change != nil {
			change(&s.Steps[i])
		}
	}
	slices.SortStableFunc(s.Steps, func(a, b Step) int { return cmp.Compare(a.Day, b.Day) })
	return s
}

// BuiltIn are the strategies that every firm has: the default and those of the segments of rulebook 11.3.
func BuiltIn() []Strategy {
	good := days("good", map[string]int{"reminder": 7, "second": 14, "call": 21, "formal": 28, "final": 46, "handover": 60}, nil)
	slow := days("slow", map[string]int{"heads_up": -3, "reminder": 3, "call": 7, "second": 14, "formal": 24, "final": 42, "handover": 56},
		func(s *Step) { s.Above = 0 })
	risky := days("risky", map[string]int{"heads_up": -3, "call": 3, "reminder": 7, "formal": 14, "final": 32, "handover": 46},
		func(s *Step) { s.Above = 0 })
	strategic := Default()
	strategic.ID, strategic.HumanOnly = "strategic", true
	public := days("public", map[string]int{"reminder": 14, "second": 28, "call": 35, "formal": 49, "final": 70, "handover": 84}, func(s *Step) {
		if s.ID == "formal" || s.ID == "final" {
			s.Channel = Post
		}
	})
	return []Strategy{Default(), good, slow, risky, strategic, public}
}

// Check returns a strategy in its kept form.
func Check(s Strategy) (Strategy, error) {
	s.Name, s.ID = strings.TrimSpace(s.Name), strings.TrimSpace(s.ID)
	if len(s.Steps) == 0 || len(s.Steps) > 20 {
		return s, fault.Invalidf("dunning.steps", "a strategy needs 1 to 20 steps; this one has %d", len(s.Steps))
	}
	if s.GraceDays < 0 || s.GraceDays > 30 || s.MinGap < DefaultGap || s.MinGap > 60 || s.SmallBalance < 0 {
		return s, fault.Invalidf("dunning.limits", "expected 0 to 30 days of grace, 7 to 60 days between messages and a small balance of 0 or more")
	}
	seen := map[string]bool{}
	for _, x := range s.Steps {
		switch {
		case x.ID == "" || len(x.ID) > 40:
			return s, fault.Invalidf("dunning.step_name", "every step needs a name of at most 40 letters")
		case seen[x.ID]:
			return s, fault.Invalidf("dunning.step_twice", "the step %s is in the strategy twice; invoices are remembered by it", x.ID)
		case x.Day < -60 || x.Day > 400:
			return s, fault.Invalidf("dunning.step_day", "step %s is %d days from the due date; expected -60 to 400", x.ID, x.Day)
		case !slices.Contains([]Channel{Email, Post, Call, Handover}, x.Channel):
			return s, fault.Invalidf("dunning.step_channel", "step %s goes by %q; expected email, letter, call or handover", x.ID, x.Channel)
		case !slices.Contains(Tones, x.Tone):
			return s, fault.Invalidf("dunning.step_tone", "step %s has the tone %q; expected heads_up, friendly, neutral, formal or final", x.ID, x.Tone)
		case (x.Day < 0) != (x.Tone == HeadsUp):
			return s, fault.Invalidf("dunning.step_heads_up", "step %s: before the due date only a heads-up makes sense, and after it only the other tones", x.ID)
		case x.Channel == Handover && !x.Approval:
			return s, fault.Invalidf("dunning.handover", "handing over is always approved by a person")
		}
		seen[x.ID] = true
	}
	slices.SortStableFunc(s.Steps, func(a, b Step) int { return cmp.Compare(a.Day, b.Day) })
	return s, nil
}

// Segment is how a customer pays, over twelve months.
type Segment string

// The segments of rulebook 11.3; each has the built-in strategy of its name, Average the default one.
const (
	Average Segment = "average"
	Good    Segment = "good"
	Slow    Segment = "slow"
	Risky   Segment = "risky"
)

// History is what a segment is decided from: the last twelve months.
type History struct {
	Paid           int   // invoices paid
	LateDays       int64 // Σ amount × days late, early counts as 0
	Amount         int64 // Σ amount
	OnTime         int   // of Paid
	BrokenPromises int
	Overdue        int64 // now
	CreditLimit    int64 // 0: none
	FirstLate      bool  // nothing paid yet and the first invoice is late
}

// SegmentOf decides. Fewer than three paid invoices say little: the customer is average unless something is wrong.
func SegmentOf(h History) Segment {
	switch {
	case h.BrokenPromises >= 2, h.CreditLimit > 0 && h.Overdue > h.CreditLimit, h.FirstLate:
		return Risky
	case h.Paid < 3 || h.Amount == 0:
		return Average
	case h.LateDays > 15*h.Amount, h.OnTime*2 < h.Paid:
		return Slow
	case h.LateDays <= 3*h.Amount && h.BrokenPromises == 0:
		return Good
	}
	return Average
}

// Strategy is the built-in strategy of a segment.
func (s Segment) Strategy() string {
	if s == Average {
		return "default"
	}
	return string(s)
}
