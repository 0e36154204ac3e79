/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strv.h"
#include "oci/port_string.h"
#include "suites.h"

static const struct {
	const char *in;
	const char *ip;
	uint16_t host, host_end, container, container_end;
	const char *protocol;
} good[] = {
	{"80", NULL, 0, 0, 80, 80, "tcp"},
	{"80/udp", NULL, 0, 0, 80, 80, "udp"},
	{"80/UDP", NULL, 0, 0, 80, 80, "udp"},
	{"8080:80", NULL, 8080, 8080, 80, 80, "tcp"},
	{"8080:80/sctp", NULL, 8080, 8080, 80, 80, "sctp"},
	{"0:80", NULL, 0, 0, 80, 80, "tcp"},
	{":80", NULL, 0, 0, 80, 80, "tcp"},
	{"127.0.0.1:8080:80", "127.0.0.1", 8080, 8080, 80, 80, "tcp"},
	{"127.0.0.1::80", "127.0.0.1", 0, 0, 80, 80, "tcp"},
	{"::80", NULL, 0, 0, 80, 80, "tcp"},
	{"[::1]:8080:80", "::1", 8080, 8080, 80, 80, "tcp"},
	{"::1:8080:80", "::1", 8080, 8080, 80, 80, "tcp"},
	{"[2001:db8::1]::53/udp", "2001:db8::1", 0, 0, 53, 53, "udp"},
	{"3000-3005", NULL, 0, 0, 3000, 3005, "tcp"},
	{"3000-3005:4000-4005", NULL, 3000, 3005, 4000, 4005, "tcp"},
	{"3000-3005:80", NULL, 3000, 3005, 80, 80, "tcp"},
	{"65535:65535", NULL, 65535, 65535, 65535, 65535, "tcp"},
};

START_TEST(accepted)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct port_request p;
	struct err err = ERR_INIT;

	ck_assert_msg(port_parse(&a, good[_i].in, &p, &err) == 0, "%s: %s", good[_i].in, err.text);
	ck_assert(str_eq(p.host_ip, good[_i].ip));
	ck_assert_uint_eq(p.host_port, good[_i].host);
	ck_assert_uint_eq(p.host_port_end, good[_i].host_end);
	ck_assert_uint_eq(p.container_port, good[_i].container);
	ck_assert_uint_eq(p.container_port_end, good[_i].container_end);
	ck_assert_str_eq(p.protocol, good[_i].protocol);
}
END_TEST

#define FORM "expected [IP:][HOST[-END]:]CONTAINER[-END][/PROTOCOL]"

static const struct {
	const char *in;
	const char *text;
	const char *hint;
} bad[] = {
	{"", "invalid port '': the container's port is missing, " FORM, ""},
	{"80:", "invalid port '80:': the container's port is missing, " FORM, ""},
	{"/tcp", "invalid port '/tcp': the container's port is missing, " FORM, ""},
	{"http", "invalid port 'http': 'http' is no port, expected a number from 1 to 65535", ""},
	{"0", "invalid port '0': '0' is no port, expected a number from 1 to 65535", ""},
	{"65536", "invalid port '65536': '65536' is no port, expected a number from 1 to 65535",
	 ""},
	{"-1", "invalid port '-1': '' is no port, expected a number from 1 to 65535", ""},
	{"80-", "invalid port '80-': '' is no port, expected a number from 1 to 65535", ""},
	{"90-80", "invalid port '90-80': the range 90-80 ends before it begins", ""},
	{"0-5:1-6", "invalid port '0-5:1-6': '0' is no port, expected a number from 1 to 65535",
	 ""},
	{"1-2:1-3",
	 "invalid port '1-2:1-3': 2 host ports for 3 container ports, the ranges must be equally "
	 "long",
	 ""},
	{"80/tpc", "invalid port '80/tpc': unknown protocol 'tpc', accepted: tcp, udp, sctp",
	 "did you mean 'tcp'?"},
	{"80/", "invalid port '80/': unknown protocol '', accepted: tcp, udp, sctp", ""},
	{"80/sct", "invalid port '80/sct': unknown protocol 'sct', accepted: tcp, udp, sctp",
	 "did you mean 'sctp'?"},
	{"localhost:80:80", "invalid port 'localhost:80:80': 'localhost' is no IP address",
	 "use 127.0.0.1"},
	{"1.2.3:80:80", "invalid port '1.2.3:80:80': '1.2.3' is no IP address", ""},
	{"[1.2.3.4]:80:80", "invalid port '[1.2.3.4]:80:80': '1.2.3.4' is no IP address", ""},
	{"80 ", "invalid port '80 ': '80 ' is no port, expected a number from 1 to 65535", ""},
};

START_TEST(refused)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct port_request p = {.host_port = 99};
	struct err err = ERR_INIT;

	ck_assert_int_eq(port_parse(&a, bad[_i].in, &p, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, bad[_i].text);
	ck_assert_str_eq(err.hint, bad[_i].hint);
	ck_assert_uint_eq(p.host_port, 99);
}
END_TEST

Suite *suite_port_string(void)
{
	Suite *s = suite_create("port_string");
	TCase *t = tcase_create("port_string");

	tcase_add_loop_test(t, accepted, 0, (int)ARRAY_SIZE(good));
	tcase_add_loop_test(t, refused, 0, (int)ARRAY_SIZE(bad));
	suite_add_tcase(s, t);
	return s;
}
