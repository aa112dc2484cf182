package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/voldaan/voldaan/backend/access"
)

func (a *API) events() {
	o := op("GET /events", "events", "events", "What happens, as it happens: server-sent events whose id is the sequence number and whose data is an Event. "+
		"A \"hello\" comes first, a \"lost\" when the reader was too slow and should load again; a comment every 20 seconds keeps the line open", access.Read)
	o.Responses = map[string]*huma.Response{"200": {Description: "The events", Content: map[string]*huma.MediaType{
		"text/event-stream": {Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Event](), true, "Event")},
	}}}
	add(a, o, pending[struct {
		InFirm
		LastEventID string `header:"Last-Event-ID" maxLength:"20" doc:"Goes on after this one."`
	}, huma.StreamResponse])
}
