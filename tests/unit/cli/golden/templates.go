// SPDX-License-Identifier: Apache-2.0

// Runs each template of templates.in through Go's text/template with docker's functions and writes
// what comes out to templates.golden, which test_template.c replays: a CI machine needs no Go.
//
//	cd tests/unit/cli/golden && GO111MODULE=off go run templates.go
//
// templates.in: a case a line, DATA, tab, TEMPLATE and, where it is an error, tab, @COLUMN or
// @LINE:COLUMN, where onggi reports it. Newlines are written U+2424, tabs U+2409, and in results NUL
// U+2400 and the byte 0xff U+2426. templates.golden has the data as a tree, and each case followed by
// "= OUTPUT" or "! COLUMN" (Go's, from 0; 0 where Go has none).
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"text/template"
	"time"
)

type Health struct {
	Status        string
	FailingStreak int
	Log           []HealthLog
}
type HealthLog struct {
	ExitCode int
	Output   string
}
type State struct {
	Status                         string
	Running, Paused, OOMKilled     bool
	Pid, ExitCode                  int
	Error                          string
	StartedAt, FinishedAt          string
	Health                         *Health
}
type PortBinding struct{ HostIp, HostPort string }
type Endpoint struct {
	IPAddress, Gateway, MacAddress string
	IPPrefixLen                    int
	Aliases                        []string
}
type NetworkSettings struct {
	IPAddress string
	Ports     map[string][]PortBinding
	Networks  map[string]Endpoint
}
type Mount struct {
	Type, Name, Source, Destination, Mode string
	RW                                    bool
}
type RestartPolicy struct {
	Name              string
	MaximumRetryCount int
}
type LogConfig struct {
	Type   string
	Config map[string]string
}
type HostConfig struct {
	Binds         []string
	NetworkMode   string
	RestartPolicy RestartPolicy
	LogConfig     LogConfig
	Privileged    bool
	Memory        int64
	NanoCpus      int64
	PortBindings  map[string][]PortBinding
	CapAdd        []string
	Dns           []string
}
type Healthcheck struct {
	Test     []string
	Interval time.Duration
	Timeout  time.Duration
	Retries  int
}
type Config struct {
	Hostname, User string
	Tty            bool
	Env            []string
	Cmd            []string
	Image          string
	Volumes        map[string]struct{}
	WorkingDir     string
	Entrypoint     []string
	ExposedPorts   map[string]struct{}
	Labels         map[string]string
	Healthcheck    *Healthcheck
}
type Container struct {
	Id, Created, Path, Image, Name string
	Args                           []string
	State                          State
	LogPath                        string
	RestartCount                   int
	HostConfig                     HostConfig
	Mounts                         []Mount
	Config                         Config
	NetworkSettings                NetworkSettings
}

func container() Container {
	return Container{
		Id:      "4f1b2c9e8d7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c",
		Created: "2024-03-05T07:08:09.123456789Z",
		Path:    "nginx", Image: "sha256:605c77e624ddb75e6110f997c58876baa13f8754486b461117934b24a9dc3a85",
		Name: "/web", Args: []string{"-g", "daemon off;"},
		State: State{Status: "running", Running: true, Pid: 4242,
			StartedAt: "2024-03-05T07:08:10.5Z", FinishedAt: "0001-01-01T00:00:00Z",
			Health: &Health{"healthy", 0, []HealthLog{{0, "ok\n"}, {1, "refused\n"}}}},
		LogPath: "/var/lib/docker/containers/4f1b/4f1b-json.log",
		HostConfig: HostConfig{NetworkMode: "bridge", RestartPolicy: RestartPolicy{"on-failure", 3},
			LogConfig: LogConfig{"json-file", map[string]string{"max-size": "10m", "max-file": "3"}},
			Memory:    536870912, NanoCpus: 1500000000,
			PortBindings: map[string][]PortBinding{"80/tcp": {{"", "8080"}}, "443/tcp": {{"127.0.0.1", "8443"}}},
			CapAdd:       []string{"NET_ADMIN", "SYS_TIME"}, Dns: []string{}},
		Mounts: []Mount{
			{"bind", "", "/srv/www", "/usr/share/nginx/html", "ro", false},
			{"volume", "logs", "/var/lib/docker/volumes/logs/_data", "/var/log/nginx", "z", true}},
		Config: Config{Hostname: "4f1b2c9e8d7a", User: "101:101",
			Env:   []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/root", "NGINX_VERSION=1.25.4", "EMPTY="},
			Cmd:   []string{"nginx", "-g", "daemon off;"},
			Image: "nginx:1.25", WorkingDir: "/", Entrypoint: []string{"/docker-entrypoint.sh"},
			ExposedPorts: map[string]struct{}{"80/tcp": {}, "443/tcp": {}},
			Labels: map[string]string{"a.b": "c d", "maintainer": "NGINX <docker-maint@nginx.com>",
				"com.docker.compose.project": "shop", "com.docker.compose.service": "web", "empty": ""},
			Healthcheck: &Healthcheck{[]string{"CMD-SHELL", "curl -f http://localhost/ || exit 1"}, 90 * time.Second, 1500 * time.Millisecond, 3}},
		NetworkSettings: NetworkSettings{IPAddress: "172.17.0.2",
			Ports: map[string][]PortBinding{"80/tcp": {{"0.0.0.0", "8080"}, {"::", "8080"}}, "443/tcp": {{"127.0.0.1", "8443"}}, "9000/tcp": nil},
			Networks: map[string]Endpoint{
				"bridge":  {"172.17.0.2", "172.17.0.1", "02:42:ac:11:00:02", 16, nil},
				"backend": {"10.5.0.7", "10.5.0.1", "02:42:0a:05:00:07", 24, []string{"web", "www"}}}},
	}
}

func stopped() Container {
	c := container()
	c.Name, c.Id = "/job-1", "00"+c.Id[2:]
	c.State = State{Status: "exited", OOMKilled: true, ExitCode: 137, Error: "",
		StartedAt: "2024-03-05T07:08:10.5Z", FinishedAt: "2024-03-05T08:00:00Z"}
	c.Mounts = []Mount{}
	c.Config.Labels, c.Config.Volumes, c.Config.Healthcheck = nil, nil, nil
	c.Config.Env = []string{"LANG=C.UTF-8"}
	c.NetworkSettings = NetworkSettings{Ports: map[string][]PortBinding{}, Networks: map[string]Endpoint{}}
	return c
}

type RootFS struct {
	Type   string
	Layers []string
}
type History struct {
	Created   time.Time
	CreatedBy string
	Empty     bool
}
type Image struct {
	Id                        string
	RepoTags, RepoDigests     []string
	Parent, Comment           string
	Created                   time.Time
	Author, Architecture, Os  string
	Size, VirtualSize         int64
	Config                    Config
	RootFS                    RootFS
	History                   []History
	LastTagTime               time.Time
	Annotations               map[string]string
}

func image() Image {
	return Image{Id: "sha256:605c77e624ddb75e6110f997c58876baa13f8754486b461117934b24a9dc3a85",
		RepoTags:    []string{"nginx:1.25", "registry.example.com:5000/web/nginx:stable"},
		RepoDigests: []string{"nginx@sha256:0d17b565c37bcbd895e9d92315a05c1c3c9a29f762b011a10c54a66cd53c9b31"},
		Created:     time.Date(2024, 2, 29, 23, 5, 7, 120000000, time.UTC),
		Author:      "A. U. Thor", Architecture: "amd64", Os: "linux", Size: 187654321, VirtualSize: 187654321,
		Config: container().Config,
		RootFS: RootFS{"layers", []string{"sha256:1111", "sha256:2222", "sha256:3333"}},
		History: []History{{time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC), "ADD file:abc in / ", false},
			{time.Date(2024, 2, 29, 23, 5, 7, 0, time.UTC), "CMD [\"nginx\"]", true}}}
}

type Row struct {
	ID, Names, Image, Command, CreatedAt, RunningFor, Ports, State, Status, Size, Labels, Mounts, Networks string
	PID, ExitCode                                                                                      int
	Created                                                                                            time.Time
}

// Label has an argument, as docker's formatter has it.
func (r Row) Label(name string) string {
	for _, l := range strings.Split(r.Labels, ",") {
		if strings.HasPrefix(l, name+"=") {
			return l[len(name)+1:]
		}
	}
	return ""
}

func row() Row {
	return Row{ID: "4f1b2c9e8d7a", Names: "web", Image: "nginx:1.25", Command: "\"/docker-entrypoint.…\"",
		CreatedAt: "2024-03-05 07:08:09 +0000 UTC", RunningFor: "2 hours ago", Ports: "0.0.0.0:8080->80/tcp, :::8080->80/tcp",
		State: "running", Status: "Up 2 hours (healthy)", Size: "1.09kB (virtual 188MB)",
		Labels: "a.b=c d,com.docker.compose.project=shop", Mounts: "/srv/www,logs", Networks: "bridge,backend",
		PID: 4242, Created: time.Date(2024, 3, 5, 7, 8, 9, 0, time.UTC)}
}

type Inner struct {
	A int
	B string
}
type Misc struct {
	I, Zero, Neg  int
	Big           int64
	F, Whole      float64
	Tiny, Huge    float64
	S, Empty, Uni string
	Html          string
	Bin           string
	T, F2         bool
	L             []string
	N             []int
	Any           []interface{}
	LL            [][]int
	EmptyL        []string
	NilL          []string
	M             map[string]string
	MI            map[string]int
	MA            map[string]interface{}
	EmptyM        map[string]string
	NilM          map[string]string
	Nil           *Inner
	In            Inner
	Ins           []Inner
	Time, ZeroT   time.Time
	Dur, ZeroD    time.Duration
	Dur2, Dur3    time.Duration
}

func misc() Misc {
	return Misc{I: 42, Neg: -7, Big: 9007199254740993, F: 3.25, Whole: 1e6, Tiny: 1.5e-7, Huge: 6.02e23,
		S: "hello world", Uni: "옹기 é→\u00a0x", Html: "<a href=\"x?y=1&z='2'\">b</a>\n", Bin: "a\x00b\xff\x7f\t\u2028",
		T: true, L: []string{"x", "y", "z"}, N: []int{3, 1, 2}, Any: []interface{}{1, "two", 3.5, nil, true, []string{"n"}},
		LL: [][]int{{1, 2}, {}, {3}}, EmptyL: []string{}, M: map[string]string{"k1": "v1", "k2": "v2", "a.b-c/d": "odd"},
		MI: map[string]int{"one": 1, "two": 2}, MA: map[string]interface{}{"s": "str", "i": 5, "l": []string{"p", "q"}, "m": map[string]interface{}{"deep": "er"}, "nil": nil},
		EmptyM: map[string]string{}, In: Inner{1, "in"}, Ins: []Inner{{1, "one"}, {2, "two"}},
		Time: time.Date(2023, 12, 31, 13, 4, 5, 6007000, time.UTC), Dur: 3*time.Hour + 25*time.Minute + 45*time.Second + 500*time.Millisecond,
		Dur2: 1234567 * time.Nanosecond, Dur3: -90 * time.Second}
}

var data = map[string]interface{}{"container": container(), "stopped": stopped(), "image": image(), "row": row(), "misc": misc()}

func pad(s string, before, behind int) string {
	if s == "" {
		return s
	}
	return strings.Repeat(" ", before) + s + strings.Repeat(" ", behind)
}

var functions = template.FuncMap{
	"json": func(v interface{}) string {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			panic(err)
		}
		return strings.TrimSpace(b.String())
	},
	"split": strings.Split, "join": strings.Join, "title": strings.Title,
	"lower": strings.ToLower, "upper": strings.ToUpper, "pad": pad,
	"truncate": func(s string, n int) string {
		if len(s) < n {
			return s
		}
		return s[:n]
	},
}

var newlines = strings.NewReplacer("\n", "\u2424", "\t", "\u2409", "\x00", "\u2400", "\xff", "\u2426")
var symbols = strings.NewReplacer("\u2424", "\n", "\u2409", "\t")

// One line a value: blanks for its depth, its name, kind and text.
func dump(w *bufio.Writer, depth int, name string, v reflect.Value) {
	line := func(s string) { fmt.Fprintf(w, "%s%s %s\n", strings.Repeat(" ", depth), name, s) }
	if v.IsValid() && v.Type() == reflect.TypeOf(time.Time{}) {
		line("time " + v.Interface().(time.Time).Format(time.RFC3339Nano))
		return
	}
	if v.IsValid() && v.Type() == reflect.TypeOf(time.Duration(0)) {
		line(fmt.Sprint("duration ", v.Int()))
		return
	}
	switch v.Kind() {
	case reflect.Invalid:
		line("nil")
	case reflect.Ptr, reflect.Interface:
		dump(w, depth, name, v.Elem())
	case reflect.Struct:
		line("struct")
		for i := 0; i < v.NumField(); i++ {
			dump(w, depth+1, v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Map:
		if v.IsNil() {
			line("nilmap")
			return
		}
		line("map")
		keys := v.MapKeys()
		sort.Slice(keys, func(i, j int) bool { return keys[i].String() < keys[j].String() })
		for _, k := range keys {
			dump(w, depth+1, k.String(), v.MapIndex(k))
		}
	case reflect.Slice:
		if v.IsNil() {
			line("nillist")
			return
		}
		line("list")
		for i := 0; i < v.Len(); i++ {
			dump(w, depth+1, "-", v.Index(i))
		}
	case reflect.String:
		line(fmt.Sprintf("string %x", v.String()))
	case reflect.Float64:
		line(fmt.Sprint("float ", v.Float()))
	default:
		line(fmt.Sprint(v.Kind(), " ", v))
	}
}

var column = regexp.MustCompile(`^template: t:\d+:(\d+):`)

func main() {
	in, err := os.Open("templates.in")
	if err != nil {
		panic(err)
	}
	out, err := os.Create("templates.golden")
	if err != nil {
		panic(err)
	}
	w := bufio.NewWriter(out)
	names := []string{}
	for name := range data {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		dump(w, 0, name, reflect.ValueOf(data[name]))
	}
	fmt.Fprintln(w, "%%")
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Split(line, "\t")
		var b bytes.Buffer
		t, err := template.New("t").Funcs(functions).Parse(symbols.Replace(fields[1]))
		if err == nil {
			err = t.Execute(&b, data[fields[0]])
		}
		fmt.Fprintln(w, line)
		if err == nil {
			if len(fields) > 2 {
				fmt.Fprintf(os.Stderr, "no error in Go: %s\n", line)
			}
			fmt.Fprintf(w, "= %s\n", newlines.Replace(b.String()))
			continue
		}
		if len(fields) < 3 {
			fmt.Fprintf(os.Stderr, "%s\n\t%v\n", line, err)
		}
		at := "0"
		if m := column.FindStringSubmatch(err.Error()); m != nil {
			at = m[1]
		}
		fmt.Fprintf(w, "! %s\n", at)
	}
	w.Flush()
	out.Close()
}
