// Package topology infers who is whose customer from AS paths, and what follows from it: customer cones and AS hegemony.
//
// Relations are inferred by the method of Luckie, Huffaker, Dhamdhere, Giotsas and claffy, "AS Relationships, Customer Cones,
// and Validation" (IMC 2013), section 5, in its order: paths are cleaned, ASes are ranked by transit degree, a clique is found
// at the top, and customers are inferred from there downwards. It differs from the paper in these points:
//
//   - A path with an AS_SET is dropped, because it does not say which AS is next to which.
//   - Of the links that are left at the end the paper makes peerings. Here this needs a link that begins at a vantage point, or
//     that several vantage points show; the others are Unknown. Against the published relations of CAIDA, with few vantage
//     points, nine in ten of the former are peerings and three in ten of the latter.
//   - The clique is sought again among the members found, and not among further candidates that miss a single link, as in
//     the program that the authors published.
//
// Every link has its evidence: on how many distinct paths it lies, and how many vantage points show it. The first AS of a path
// is its vantage point.
package topology

import (
	"cmp"
	"slices"
)

// Relation is what the first AS of a link is to the second.
type Relation uint8

const (
	Unknown  Relation = iota // the paths do not show it
	Provider                 // the first AS is the provider of the second
	Customer                 // the first AS is a customer of the second
	Peer                     // they exchange their own routes and those of their customers
)

func (r Relation) String() string { return [...]string{"unknown", "provider", "customer", "peer"}[r] }

// reverse returns what the second AS is to the first.
func (r Relation) reverse() Relation {
	switch r {
	case Provider:
		return Customer
	case Customer:
		return Provider
	}
	return r
}

// Link is a pair of neighbours, with the evidence for it.
type Link struct {
	A, B     uint32 // A < B
	Relation Relation
	Basis    Basis
	Paths    int // distinct paths on which the two are neighbours
	Vantages int // ASes at the beginning of those paths
}

// Basis is the step of the method that decided the relation of a link.
type Basis uint8

const (
	Undecided      Basis = iota // no step did
	InClique                    // both are in the clique
	TopDown                     // the provider passes the customer's routes on to its own provider or peer
	PartialVantage              // a vantage point that does not send its providers' routes shows the route of a stub
	LargerCustomer              // as TopDown, for a customer of larger transit degree than its provider
	NoProvider                  // a network without providers, which is not in the clique, passes the route on
	StubOfClique                // a stub beside a member of the clique
	FoldedPeers                 // between two links that would both be peerings
	NothingElse                 // no step found a customer, where one would have been seen
)

func (b Basis) String() string {
	return [...]string{"undecided", "clique", "top-down", "partial-vantage", "larger-customer", "no-provider", "stub-of-clique",
		"folded-peers", "nothing-else"}[b]
}

// Topology is what paths show of the ASes on them and of their relations.
type Topology struct {
	Clique   []uint32 // ascending
	Poisoned int      // distinct paths dropped, on which members of the clique are separated by another AS

	*graph
	relations []Relation // by pair: what the lower AS is to the higher
	bases     []Basis    // by pair
}

// Links returns all links, by A and B ascending.
func (t *Topology) Links() []Link {
	links := make([]Link, len(t.pairs))
	for i, p := range t.pairs {
		a, b := halves(p)
		links[i] = Link{A: t.asns[a], B: t.asns[b], Relation: t.relations[i], Basis: t.bases[i],
			Paths: int(t.pairPaths[i]), Vantages: int(t.pairVantages[i])}
	}
	return links
}

// Neighbours counts the neighbours of an AS by what they are to it.
type Neighbours struct{ Providers, Customers, Peers, Unknown int }

// AS is what paths show of one AS.
type AS struct {
	ASN           uint32
	TransitDegree int // neighbours that appear beside it where it is inside a path
	Neighbours
}

// ASes returns all ASes on the paths, ascending.
func (t *Topology) ASes() []AS {
	all := make([]AS, len(t.asns))
	for i, asn := range t.asns {
		all[i].ASN, all[i].TransitDegree = asn, int(t.transit[i])
		for _, e := range t.edges[t.edgesOf[i]:t.edgesOf[i+1]] {
			switch t.relation(uint32(i), e.to, e.pair) {
			case Provider:
				all[i].Customers++
			case Customer:
				all[i].Providers++
			case Peer:
				all[i].Peers++
			default:
				all[i].Unknown++
			}
		}
	}
	return all
}

// relation returns what x is to y, which are a pair.
func (t *Topology) relation(x, y, pair uint32) Relation {
	if x < y {
		return t.relations[pair]
	}
	return t.relations[pair].reverse()
}

// rank returns the ASes in the order of inference: the clique, then by transit degree, degree and number.
func (t *Topology) rank(clique []bool) []uint32 {
	ranked := make([]uint32, len(t.asns))
	for i := range ranked {
		ranked[i] = uint32(i)
	}
	slices.SortFunc(ranked, func(x, y uint32) int { return t.compare(clique, x, y) })
	return ranked
}

func (t *graph) compare(clique []bool, x, y uint32) int {
	if clique[x] != clique[y] {
		if clique[x] {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(t.transit[y], t.transit[x]), cmp.Compare(t.degree(y), t.degree(x)), cmp.Compare(x, y))
}
