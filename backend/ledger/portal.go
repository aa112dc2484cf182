package ledger

import "slices"

// Feature is a part of the portal that a firm can switch on or off for its customers.
type Feature string

// The features.
const (
	FeatureDocuments  Feature = "documents"  // invoice copies, receipts, certificates in one place
	FeatureStatement  Feature = "statement"  // the account as PDF or spreadsheet
	FeatureRequests   Feature = "requests"   // questions, disputes, promises, payment plans asked for
	FeatureMessages   Feature = "messages"   // the conversation with the account manager
	FeatureAutopay    Feature = "autopay"    // stored methods and paying by itself
	FeaturePlans      Feature = "plans"      // instalment plans are shown and paid by instalment
	FeatureContacts   Feature = "contacts"   // customers manage their own contact persons
	FeaturePasskeys   Feature = "passkeys"   // sign-in with a passkey beside the link
	FeatureIndicators Feature = "indicators" // the customer's own figures: days to pay, share on time
)

// optional are off until the firm asks for them.
var optional = []Feature{FeatureIndicators}

// Features are the features that settings list, in their order. One is added here when the portal has its pages: a switch
// that does nothing is worse than none.
func Features() []Feature {
	return []Feature{FeatureDocuments, FeatureStatement, FeatureRequests, FeatureMessages, FeatureAutopay, FeaturePlans, FeatureContacts}
}

// Shows reports whether the firm's customers get a feature. The empty feature is part of every portal.
func (p PortalSettings) Shows(f Feature) bool {
	if f == "" {
		return true
	}
	return slices.Contains(optional, f) == slices.Contains(p.Switched, f)
}

// Switch turns a feature on or off.
func (p *PortalSettings) Switch(f Feature, on bool) {
	if p.Shows(f) == on {
		return
	}
	if i := slices.Index(p.Switched, f); i >= 0 {
		p.Switched = slices.Delete(slices.Clone(p.Switched), i, i+1)
		return
	}
	p.Switched = append(slices.Clone(p.Switched), f)
	slices.Sort(p.Switched)
}
