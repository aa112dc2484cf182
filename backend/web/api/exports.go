package api

import (
	"bytes"
	"context"

	"github.com/voldaan/voldaan/backend/access"
)

type exportInput struct {
	InFirm
	Kind   string `path:"kind" enum:"customers,invoices,payments,allocations,journal,ledger"`
	Format string `query:"format" enum:"csv,xlsx,json,hledger" default:"xlsx"`
	AsOf   string `query:"as_of" format:"date"`
}

func (a *API) exports() {
	add(a, file(op("GET /exports/{kind}", "export", "exports", "A whole table as a file", access.ExportsRead), "application/octet-stream"), a.export)
}

func (a *API) export(ctx context.Context, in *exportInput) (*fileOutput, error) {
	firm, today, err := a.firmToday(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	on, err := day("as_of", in.AsOf, today)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	mediaType, ending, err := a.Export.Export(ctx, firm, in.Kind, in.Format, on, &b)
	if err != nil {
		return nil, err
	}
	return attachment(mediaType, in.Kind+"-"+on.String()+"."+ending, b.Bytes()), nil
}
