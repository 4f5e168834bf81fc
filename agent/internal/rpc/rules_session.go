//go:build linux

package rpc

import (
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

var getAgentTable = &table[*farsockv1.GetAgentRequest]{
	rules: []rule[*farsockv1.GetAgentRequest]{
		{"network_namespace", networkNamespace((*farsockv1.GetAgentRequest).GetNetworkNamespace)},
	},
}

var createSessionTable = &table[*farsockv1.CreateSessionRequest]{
	rules: []rule[*farsockv1.CreateSessionRequest]{
		{"session_id", optionalName((*farsockv1.CreateSessionRequest).GetSessionId)},
		{"ttl", ttl((*farsockv1.CreateSessionRequest).GetTtl)},
	},
}

var getSessionTable = &table[*farsockv1.GetSessionRequest]{
	rules: []rule[*farsockv1.GetSessionRequest]{
		{"name", sessionRef((*farsockv1.GetSessionRequest).GetName)},
	},
}

var listSessionsTable = &table[*farsockv1.ListSessionsRequest]{
	rules: []rule[*farsockv1.ListSessionsRequest]{
		{"page_size", pageSize((*farsockv1.ListSessionsRequest).GetPageSize)},
		{"page_token", func(a at, m *farsockv1.ListSessionsRequest) {
			if _, err := sessionToken(m.GetPageToken()); err != nil {
				a.bad("%v", err)
			}
		}},
	},
}

var renewSessionTable = &table[*farsockv1.RenewSessionRequest]{
	rules: []rule[*farsockv1.RenewSessionRequest]{
		{"name", sessionRef((*farsockv1.RenewSessionRequest).GetName)},
		{"ttl", ttl((*farsockv1.RenewSessionRequest).GetTtl)},
	},
}

var closeSessionTable = &table[*farsockv1.CloseSessionRequest]{
	rules: []rule[*farsockv1.CloseSessionRequest]{
		{"name", sessionRef((*farsockv1.CloseSessionRequest).GetName)},
	},
}
