/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "store/containers_private.h"
#include "suites.h"

/* What was written is what is read: the whole record through its table and back. */
START_TEST(record_round_trip)
{
	static const char text[] =
		"{\"id\":\"x\",\"name\":\"n\",\"created\":\"c\",\"image\":\"i\",\"imageId\":\"ii\","
		"\"manifest\":\"m\",\"layers\":[\"a\",\"b\"],\"args\":[\"sh\",\"-c\"],"
		"\"entrypoint\":"
		"[\"e\"],\"cmd\":[\"c\"],\"env\":[\"A=b\"],\"workingDir\":\"/w\",\"user\":\"1:2\","
		"\"hostname\":\"h\",\"network\":\"none\",\"userns\":\"host\",\"stopSignal\":"
		"\"SIGINT\",\"restart\":\"no\",\"labels\":{\"k\":\"v\"},\"mounts\":[{\"type\":"
		"\"bind\",\"source\":\"/s\",\"destination\":\"/"
		"d\",\"mode\":\"ro\",\"readonly\":true,"
		"\"anonymous\":true}],\"memory\":1,\"memorySwap\":-1,\"nanoCpus\":3,\"pidsLimit\":"
		"4,"
		"\"shmSize\":5,\"tty\":true,\"openStdin\":true,\"autoRemove\":true,\"init\":true,"
		"\"privileged\":true,\"readOnly\":true,\"binds\":[\"/a:/b\"],\"tmpfs\":[\"/t\"],"
		"\"devices\":[\"/dev/null\"],\"capAdd\":[\"ALL\"],\"capDrop\":[\"CHOWN\"],"
		"\"securityOpt\":[\"no-new-privileges\"],\"groupAdd\":[\"7\"],\"dns\":[\"1.1.1.1\"]"
		","
		"\"dnsSearch\":[\"a\"],\"dnsOption\":[\"ndots:1\"],\"addHost\":[\"a:1.2.3.4\"],"
		"\"ulimits\":[\"nofile=1\"],\"sysctls\":[\"a=b\"],\"exposedPorts\":[\"80/tcp\"],"
		"\"annotations\":{\"x\":\"y\"},\"domainname\":\"d\",\"pidMode\":\"host\","
		"\"ipcMode\":\"none\",\"utsMode\":\"host\",\"cgroupnsMode\":\"host\","
		"\"cpusetCpus\":\"0\",\"cpusetMems\":\"0-1\",\"cidfile\":\"f\","
		"\"layersView\":\"keep-1-1\",\"memoryReservation\":6,\"cpuShares\":7,"
		"\"cpuPeriod\":8,\"cpuQuota\":9,\"oomScoreAdj\":10,\"memorySwappiness\":0,"
		"\"oomKillDisable\":true}";
	_cleanup_(container_record) struct container_record r = {0};
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, 0);
	struct err err = ERR_INIT;

	ck_ok(json_decode_text(&container_record_table, text, strlen(text), "record", &r, &r.arena,
			       &err),
	      &err);
	ck_assert_uint_eq(r.n_layers, 2);
	ck_assert_int_eq(r.memory_swap, -1);
	ck_assert(r.mounts[0].anonymous);
	json_encode(&container_record_table, &r, &w);
	ck_assert_str_eq(buf_str(&out), text);
}
END_TEST

static const char *const states[] = {"created", "running", "exited", "removing"};

START_TEST(state_round_trip)
{
	_cleanup_(container_state) struct container_state st = {0};
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, 0);
	struct err err = ERR_INIT;

	buf_addf(&text,
		 "{\"status\":\"%s\",\"pid\":1,\"pidStart\":2,"
		 "\"exitCode\":5,\"startedAt\":\"s\",\"finishedAt\":\"f\","
		 "\"error\":\"e\",\"oomKilled\":true,\"cgroups\":[\"/c\"]}",
		 states[_i]);
	ck_ok(json_decode_text(&container_state_table, text.data, text.len, "state", &st, &st.arena,
			       &err),
	      &err);
	ck_assert_int_eq((int)st.status, _i);
	json_encode(&container_state_table, &st, &w);
	ck_assert_str_eq(buf_str(&out), buf_str(&text));
}
END_TEST

START_TEST(refused)
{
	static const char *const texts[] = {"{}", "{\"status\":\"gone\"}", "{\"status\":1}", "[]"};
	struct container_state st = {0};
	struct err err = ERR_INIT;

	ck_assert_int_eq(json_decode_text(&container_state_table, texts[_i], strlen(texts[_i]),
					  "state", &st, &st.arena, &err),
			 -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	container_state_done(&st);
}
END_TEST

Suite *suite_container_json(void)
{
	Suite *s = suite_create("store/container_json");
	TCase *c = tcase_create("json");

	tcase_add_test(c, record_round_trip);
	tcase_add_loop_test(c, state_round_trip, 0, ROWS(states));
	tcase_add_loop_test(c, refused, 0, 4);
	suite_add_tcase(s, c);
	return s;
}
