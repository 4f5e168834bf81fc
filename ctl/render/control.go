package render

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// controlLevels are the names of cmsg_level, as Linux numbers them.
var controlLevels = map[string]int32{
	"SOL_IP": 0, "SOL_SOCKET": 1, "SOL_TCP": 6, "SOL_UDP": 17, "SOL_IPV6": 41,
}

// controlTypes are the names of cmsg_type by level.
var controlTypes = map[int32]map[string]int32{
	0: {"IP_TOS": 1, "IP_TTL": 2, "IP_RECVOPTS": 6, "IP_RETOPTS": 7, "IP_PKTINFO": 8, "IP_RECVERR": 11, "IP_CHECKSUM": 23, "IP_RECVFRAGSIZE": 25, "IP_PROTOCOL": 52},
	1: {
		"SCM_RIGHTS": 1, "SCM_CREDENTIALS": 2, "SCM_SECURITY": 3, "SCM_TIMESTAMP": 29, "SCM_TIMESTAMPNS": 35,
		"SO_MARK": 36, "SCM_TIMESTAMPING": 37, "SO_RXQ_OVFL": 40, "SCM_WIFI_STATUS": 41, "SCM_TXTIME": 61, "SO_PRIORITY": 12,
	},
	6:  {"TCP_CM_INQ": 36},
	17: {"UDP_SEGMENT": 103, "UDP_GRO": 104},
	41: {
		"IPV6_FLOWINFO": 11, "IPV6_RECVERR": 25, "IPV6_PKTINFO": 50, "IPV6_HOPLIMIT": 52, "IPV6_HOPOPTS": 54,
		"IPV6_RTHDR": 57, "IPV6_DSTOPTS": 59, "IPV6_DONTFRAG": 62, "IPV6_TCLASS": 67, "IPV6_RECVFRAGSIZE": 77,
	},
}

// said are the messages that fields of a datagram say in words.
var said = map[[2]int32]bool{
	{0, 1}: true, {0, 2}: true, {0, 8}: true, {0, 11}: true, {1, 35}: true,
	{41, 25}: true, {41, 50}: true, {41, 52}: true, {41, 67}: true,
}

// Control writes a control message as ParseControl reads it:
// "SOL_UDP:UDP_GRO:10000000".
func Control(c *farsockv1.ControlMessage) string {
	level, kind := strconv.Itoa(int(c.GetLevel())), strconv.Itoa(int(c.GetType()))
	for name, n := range controlLevels {
		if n == c.GetLevel() {
			level = name
		}
	}
	for name, n := range controlTypes[c.GetLevel()] {
		if n == c.GetType() {
			kind = name
		}
	}
	return level + ":" + kind + ":" + hex.EncodeToString(c.GetData())
}

// ParseControl reads LEVEL:TYPE:HEX, the first two a number or a name.
func ParseControl(s string) (*farsockv1.ControlMessage, error) {
	parts := strings.Split(s, ":")
	if len(parts) != 3 {
		return nil, fmt.Errorf("%q is not LEVEL:TYPE:HEX", s)
	}
	level, err := numberOf(parts[0], controlLevels)
	if err != nil {
		return nil, err
	}
	kind, err := numberOf(parts[1], controlTypes[level])
	if err != nil {
		return nil, err
	}
	data, err := hex.DecodeString(parts[2])
	if err != nil {
		return nil, fmt.Errorf("%q is not pairs of hex digits", parts[2])
	}
	return &farsockv1.ControlMessage{Level: level, Type: kind, Data: data}, nil
}

func numberOf(s string, names map[string]int32) (int32, error) {
	if n, ok := names[s]; ok {
		return n, nil
	}
	n, err := strconv.ParseInt(s, 0, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is neither a number nor a name that ctl knows there", s)
	}
	return int32(n), nil
}
