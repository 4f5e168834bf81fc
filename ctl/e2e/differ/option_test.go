//go:build linux

package differ

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/ctl/e2e/posix"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func (a *agentSide) setOption(ctx context.Context, op posix.Op) (posix.Result, error) {
	res, err := a.client.Sockets.SetOptions(ctx, &farsockv1.SetOptionsRequest{
		Socket: a.socket(op.Socket).name, Options: []*farsockv1.SocketOption{option(op)},
	})
	r := answer(res.GetOutcome())
	if err != nil || r.Errno != "" || !posix.ReadsBack(op) {
		return r, err
	}
	r.Value = optionText(res.GetOptions()[0])
	return r, nil
}

func (a *agentSide) getOption(ctx context.Context, op posix.Op) (posix.Result, error) {
	req := &farsockv1.GetOptionsRequest{Socket: a.socket(op.Socket).name}
	if op.Option != "" {
		req.Names = []string{op.Option}
	} else {
		raw := &farsockv1.RawOption{Level: int32(op.Level), Name: int32(op.Name)}
		if op.Size > 0 {
			raw.Size = proto.Int32(int32(op.Size))
		}
		req.Raw = []*farsockv1.RawOption{raw}
	}
	res, err := a.client.Sockets.GetOptions(ctx, req)
	r := answer(res.GetOutcome())
	if err != nil || r.Errno != "" {
		return r, err
	}
	r.Value = optionText(res.GetOptions()[0])
	return r, nil
}

// option is the message that sets an option to the table's text.
func option(op posix.Op) *farsockv1.SocketOption {
	o := &farsockv1.SocketOption{}
	if op.Option == "" {
		raw := &farsockv1.RawOption{Level: int32(op.Level), Name: int32(op.Name)}
		if digits, ok := strings.CutPrefix(op.Value, "x"); ok {
			b, err := hex.DecodeString(digits)
			check(err)
			raw.Value = &farsockv1.RawOption_BytesValue{BytesValue: b}
		} else {
			raw.Value = &farsockv1.RawOption_IntValue{IntValue: int32(number(op.Value))}
		}
		o.Option = &farsockv1.SocketOption_Raw{Raw: raw}
		return o
	}
	m := o.ProtoReflect()
	field := m.Descriptor().Fields().ByName(protoreflect.Name(op.Option))
	if field == nil {
		panic("differ: the contract has no option " + op.Option)
	}
	m.Set(field, value(op))
	return o
}

func value(op posix.Op) protoreflect.Value {
	switch posix.Options[op.Option].Kind {
	case posix.Bool:
		return protoreflect.ValueOfBool(op.Value == "true")
	case posix.Unsigned:
		return protoreflect.ValueOfUint32(uint32(number(op.Value)))
	case posix.Text, posix.Interface, posix.ErrnoName:
		return protoreflect.ValueOfString(op.Value)
	case posix.Duration:
		d, err := time.ParseDuration(op.Value)
		check(err)
		return protoreflect.ValueOfMessage(durationpb.New(d).ProtoReflect())
	case posix.Lingering:
		l := &farsockv1.Linger{}
		if op.Value != "off" {
			l.On, l.Seconds = true, proto.Int32(int32(number(op.Value)))
		}
		return protoreflect.ValueOfMessage(l.ProtoReflect())
	case posix.Membership:
		words := append(strings.Split(op.Value, " "), "", "")
		return protoreflect.ValueOfMessage((&farsockv1.MulticastMembership{Group: words[0], InterfaceName: words[1], Source: words[2]}).ProtoReflect())
	}
	return protoreflect.ValueOfInt32(int32(number(op.Value)))
}

// optionText is an option of a response in the table's text.
func optionText(o *farsockv1.SocketOption) string {
	switch v := o.GetOption().(type) {
	case nil:
		return "(none)"
	case *farsockv1.SocketOption_Raw:
		if b, ok := v.Raw.GetValue().(*farsockv1.RawOption_BytesValue); ok {
			return "x" + hex.EncodeToString(b.BytesValue)
		}
		return strconv.Itoa(int(v.Raw.GetIntValue()))
	case *farsockv1.SocketOption_Linger:
		if !v.Linger.GetOn() {
			return "off"
		}
		return strconv.Itoa(int(v.Linger.GetSeconds()))
	case *farsockv1.SocketOption_ReceiveTimeout:
		return v.ReceiveTimeout.AsDuration().String()
	case *farsockv1.SocketOption_SendTimeout:
		return v.SendTimeout.AsDuration().String()
	}
	var text string
	o.ProtoReflect().Range(func(_ protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		text = fmt.Sprint(v.Interface())
		return true
	})
	return text
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	check(err)
	return n
}

// check is for the text of the table itself.
func check(err error) {
	if err != nil {
		panic(err)
	}
}
