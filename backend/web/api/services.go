package api

// Services are what the API calls.
type Services struct{}
