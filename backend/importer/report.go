package importer

// Report is the outcome of one file, in the shape of the command line's contract.
type Report struct {
	File      string    `json:"file"`
	Kind      Kind      `json:"kind"`
	Profile   string    `json:"profile"`
	Rows      int       `json:"rows"`
	Created   int       `json:"created"`
	Updated   int       `json:"updated"`
	Unchanged int       `json:"unchanged"`
	Rejected  int       `json:"rejected"`
	Totals    []Total   `json:"totals"`
	Errors    []Problem `json:"errors"`
	Warnings  []Problem `json:"warnings"`
	ImportID  string    `json:"import_id"` // empty after a dry run or a refusal
}

// Total is an amount in major units.
type Total struct {
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

// Report is the plan in the contract's shape: what would happen, with an empty import id.
func (p *Plan) Report() Report {
	r := Report{File: p.File, Kind: p.Kind, Profile: p.Profile, Rows: p.Rows, Created: p.New, Updated: p.Changed,
		Unchanged: p.Same, Rejected: p.Rejected, Totals: []Total{}, Errors: []Problem{}, Warnings: []Problem{}}
	for _, t := range p.Totals {
		r.Totals = append(r.Totals, Total{string(t.Currency), t.String()})
	}
	if p.Refusal != nil {
		r.Errors = append(r.Errors, *p.Refusal)
	}
	r.Errors = append(r.Errors, p.Problems...)
	r.Warnings = append(r.Warnings, p.Warnings...)
	return r
}
