package api

import "github.com/voldaan/voldaan/backend/access"

type exportInput struct {
	InFirm
	Kind   string `path:"kind" enum:"customers,invoices,payments,allocations,journal,ledger"`
	Format string `query:"format" enum:"csv,xlsx,json,hledger" default:"xlsx"`
	AsOf   string `query:"as_of" format:"date"`
}

func (a *API) exports() {
	add(a, file(op("GET /exports/{kind}", "export", "exports", "A whole table as a file", access.ExportsRead), "application/octet-stream"), pending[exportInput, fileOutput])
}
