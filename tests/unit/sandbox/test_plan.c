/* SPDX-License-Identifier: Apache-2.0 */
/* Plans without privileges: what the list is, and what is refused. */
#include <string.h>

#include "base/buf.h"
#include "base/strv.h"
#include "box.h"
#include "sandbox/plan.h"
#include "suites.h"

/* A machine for plans: nothing of it is looked at. */
static const struct sandbox_host plain_host = {
	.caps = (UINT64_C(1) << 41) - 1,
	.cap_all = (UINT64_C(1) << 41) - 1,
	.cgroup_v2 = true,
	.nofile_hard = 4096,
};

static int plan_text(const char *json, const struct sandbox_host *host, const struct id_maps *maps,
		     struct buf *out, struct err *err)
{
	_cleanup_(runtime_spec) struct runtime_spec spec = {.root = {.path = NULL}};
	_cleanup_(sandbox_plan) struct sandbox_plan *plan = NULL;
	struct sandbox_request req = {.spec = &spec, .host = host, .maps = maps};

	ck_assert_msg(runtime_spec_parse(json, strlen(json), "test", &spec, err) == 0, "%s",
		      err->text);
	if (sandbox_plan_new(&req, &plan, err) < 0)
		return -1;
	sandbox_plan_print(plan, out);
	return 0;
}

#define SPEC(namespaces, mounts, process, linux_, top)                                             \
	"{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"/r\"},\"mounts\":[" mounts                 \
	"],\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"sh\"]" process    \
	"},\"linux\":{\"namespaces\":[" namespaces "]" linux_ "}" top "}"
#define MNT   "{\"type\":\"mount\"}"
#define NS(t) ",{\"type\":\"" t "\"}"
#define DEVICES                                                                                    \
	"device /dev/null c 1:3 0666\ndevice /dev/zero c 1:5 0666\ndevice /dev/full c 1:7 0666\n"  \
	"device /dev/random c 1:8 0666\ndevice /dev/urandom c 1:9 0666\n"                          \
	"device /dev/tty c 5:0 0666\n"
#define DEVICE_BINDS                                                                               \
	"device-bind /dev/null\ndevice-bind /dev/zero\ndevice-bind /dev/full\n"                    \
	"device-bind /dev/random\ndevice-bind /dev/urandom\ndevice-bind /dev/tty\n"
#define LINKS                                                                                      \
	"link /dev/fd to /proc/self/fd\nlink /dev/stdin to /proc/self/fd/0\n"                      \
	"link /dev/stdout to /proc/self/fd/1\nlink /dev/stderr to /proc/self/fd/2\n"               \
	"link /dev/core to /proc/kcore\nlink /dev/ptmx to pts/ptmx\n"
#define MAPPED                                                                                     \
	"\"type\":\"bind\",\"source\":\"/s\",\"uidMappings\":[{\"containerID\":0,\"hostID\":1,"    \
	"\"size\":1}],\"options\":"

static const struct {
	const char *name, *json, *plan;
	bool userns; /* with one id mapped */
	bool v1;
} plans[] = {
	{
		.name = "least",
		.json = SPEC(MNT, "", "", "", ""),
		.plan = "namespace mount new\npropagation private\nkeyring\nwait\n"
			"root-directory /r\n" DEVICES LINKS "user 0:0\npivot\nstdio\n"
			"exec sh caps 0 seccomp 0\n",
	},
	{
		.name = "ids are mapped for the mounts below only when asked for",
		.json = SPEC(MNT,
			     "{\"destination\":\"/a\"," MAPPED "[\"rbind\",\"idmap\"]},"
			     "{\"destination\":\"/b\"," MAPPED "[\"rbind\",\"ridmap\"]}",
			     "", "", ""),
		.plan = "namespace mount new\npropagation private\nkeyring\nwait\n"
			"root-directory /r\nbind /a from /s recursive idmap\n"
			"bind /b from /s recursive ridmap\n" DEVICES LINKS
			"user 0:0\npivot\nstdio\nexec sh caps 0 seccomp 0\n",
	},
	{
		.name = "limits of the unified hierarchy",
		.json = SPEC(MNT, "", "", ",\"resources\":{\"memory\":{\"limit\":4096}}", ""),
		.plan = "namespace mount new\ncgroup memory memory.max = 4096\n"
			"propagation private\nkeyring\nwait\nroot-directory /r\n" DEVICES LINKS
			"user 0:0\npivot\nstdio\nexec sh caps 0 seccomp 0\n",
	},
	{
		.name = "all namespaces, in the order of the steps",
		.json = SPEC(MNT NS("pid") NS("network") NS("ipc") NS("uts") NS("cgroup")
				     NS("time"),
			     "", ",\"oomScoreAdj\":100,\"terminal\":true,\"noNewPrivileges\":true",
			     ",\"maskedPaths\":[\"/proc/kcore\"],\"readonlyPaths\":[\"/proc/sys\"],"
			     "\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}",
			     ",\"hostname\":\"pot\""),
		.plan = "namespace mount new\nnamespace pid new\nnamespace network new\n"
			"namespace uts new\nnamespace ipc new\nnamespace cgroup new\n"
			"namespace time new\noom-score 100\npropagation private\nloopback\n"
			"hostname pot\ntime-namespace\nkeyring\nwait\ncgroup-namespace\n"
			"root-directory /r\n" DEVICES LINKS
			"sysctl net/ipv4/ip_forward = 1\nuser 0:0\nread-only /proc/sys\n"
			"mask /proc/kcore\nterminal\npivot\nstdio\n"
			"exec sh caps 0 no-new-privs seccomp 0\n",
	},
	{
		.name = "one id: devices are bound, gid 5 is left out, host parts are bound",
		.json = SPEC(
			MNT,
			"{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
			"{\"destination\":\"/dev/pts\",\"type\":\"devpts\",\"source\":\"devpts\","
			"\"options\":[\"nosuid\",\"newinstance\",\"gid=5\",\"mode=0620\"]},"
			"{\"destination\":\"/sys\",\"type\":\"sysfs\",\"source\":\"sysfs\","
			"\"options\":[\"ro\"]},"
			"{\"destination\":\"/dev/mqueue\",\"type\":\"mqueue\"},"
			"{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\",\"options\":["
			"\"ro\",\"nosuid\"]}",
			"", "", ""),
		.userns = true,
		.plan = "namespace user new\nnamespace mount new\npropagation private\nkeyring\n"
			"wait\nidentity\nroot-directory /r\n"
			"bind /proc from /proc recursive r:nosuid r:nodev r:noexec\n"
			"mount /dev/pts devpts newinstance mode=0620 nosuid\n"
			"bind /sys from /sys recursive r:ro r:nosuid r:nodev r:noexec\n"
			"bind /dev/mqueue from /dev/mqueue recursive r:nosuid r:nodev r:noexec\n"
			"mount /sys/fs/cgroup cgroup2 ro nosuid else-bind "
			"/sys/fs/cgroup\n" DEVICE_BINDS LINKS
			"user 0:0\npivot\nstdio\nexec sh caps 0 seccomp 0\n",
	},
	{
		.name = "binds: flags, recursion, propagation",
		.json = SPEC(
			MNT,
			"{\"destination\":\"/a\",\"source\":\"/x\",\"options\":[\"rbind\",\"rro\","
			"\"nosuid\",\"rslave\"]},"
			"{\"destination\":\"/b\",\"type\":\"bind\",\"source\":\"fd:7\","
			"\"options\":[\"ro\",\"noatime\"]},"
			"{\"destination\":\"/dev\",\"type\":\"bind\",\"source\":\"/dev\"}",
			"", "", ""),
		.plan = "namespace mount new\npropagation slave\nkeyring\nwait\nroot-directory /r\n"
			"bind /a from /x recursive r:ro rslave nosuid\n"
			"bind /b from fd:7 ro noatime not-strictatime private\n"
			"bind /dev from /dev private\n"
			"user 0:0\npivot\nstdio\nexec sh caps 0 seccomp 0\n",
	},
	{
		.name = "cgroup v1, read-only root, shared root",
		.json = "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"/r\",\"readonly\":true},"
			"\"mounts\":[{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\"},"
			"{\"destination\":\"/dev\",\"type\":\"bind\",\"source\":\"/dev\"}],"
			"\"process\":{\"cwd\":\"/"
			"\",\"args\":[\"sh\"],\"user\":{\"uid\":1,\"gid\":2},"
			"\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":0,"
			"\"hard\":18446744073709551615}]},"
			"\"linux\":{\"rootfsPropagation\":\"rshared\",\"namespaces\":[" MNT "]}}",
		.v1 = true,
		.plan = "namespace mount new\npropagation shared\nkeyring\nwait\nroot-directory "
			"/r\n"
			"cgroup-v1 /sys/fs/cgroup cgroup2 else-bind /sys/fs/cgroup\n"
			"bind /dev from /dev private\nuser 1:2\npivot\nroot-propagation shared\n"
			"root-read-only /\nstdio\nrlimit RLIMIT_CORE 0 unlimited\n"
			"exec sh caps 0 seccomp 0\n",
	},
	{
		.name = "a joined mount namespace is left as it is",
		.json = SPEC("{\"type\":\"mount\",\"path\":\"/proc/1/ns/mnt\"}", "", "", "", ""),
		.plan = "namespace mount from /proc/1/ns/mnt\nkeyring\nwait\nroot-joined /\nuser "
			"0:0\n"
			"stdio\nexec sh caps 0 seccomp 0\n",
	},
};

static void one_id(struct id_maps *m)
{
	id_map_add(&m->uid, 0, 1000, 1);
	id_map_add(&m->gid, 0, 1000, 1);
}

START_TEST(prints_the_steps)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct sandbox_host host = plain_host;
	struct id_maps maps = ID_MAPS_INIT;
	struct err err = ERR_INIT;

	host.cgroup_v2 = !plans[_i].v1;
	one_id(&maps);
	ck_assert_msg(plan_text(plans[_i].json, &host, plans[_i].userns ? &maps : NULL, &out,
				&err) == 0,
		      "%s: %s", plans[_i].name, err.text);
	ck_assert_msg(strcmp(buf_str(&out), plans[_i].plan) == 0, "%s:\n%s\nexpected:\n%s",
		      plans[_i].name, buf_str(&out), plans[_i].plan);
	id_maps_done(&maps);
}
END_TEST

static const struct {
	const char *json;
	enum err_kind kind;
	const char *text, *hint;
} refusals[] = {
	{SPEC(MNT NS("zone"), "", "", "", ""), ERR_INVALID, "'zone' is not one of user, mount", ""},
	{SPEC(MNT "," MNT, "", "", "", ""), ERR_INVALID, "type 'mount' is given twice", ""},
	{SPEC("{\"type\":\"pid\"}", "", "", "", ""), ERR_UNSUPPORTED, "no mount namespace", ""},
	{SPEC(MNT ",{\"type\":\"pid\",\"path\":\"x\"}", "", "", "", ""), ERR_INVALID,
	 "path 'x' is not an absolute path", ""},
	{SPEC(MNT NS("user"), "", "", "", ""), ERR_INVALID, "needs linux.uidMappings", ""},
	{SPEC(MNT, "{\"destination\":\"etc\",\"type\":\"tmpfs\"}", "", "", ""), ERR_INVALID,
	 "mounts[0]: destination 'etc' is not absolute", ""},
	{SPEC(MNT, "{\"destination\":\"/a/..\",\"type\":\"tmpfs\"}", "", "", ""), ERR_INVALID,
	 "is the root itself", ""},
	{SPEC(MNT, "{\"destination\":\"/proc/self/attr\",\"type\":\"tmpfs\"}", "", "", ""),
	 ERR_INVALID, "'/proc/self/attr' lies inside /proc", ""},
	{SPEC(MNT, "{\"destination\":\"/a/../proc/self\",\"type\":\"tmpfs\"}", "", "", ""),
	 ERR_INVALID, "lies inside /proc", ""},
	{SPEC(MNT, "{\"destination\":\"/a\"}", "", "", ""), ERR_INVALID, "neither a type nor", ""},
	{SPEC(MNT, "{\"destination\":\"/a\",\"type\":\"bind\"}", "", "", ""), ERR_INVALID,
	 "a bind needs a source", ""},
	{SPEC(MNT, "{\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"fd:x\"}", "", "", ""),
	 ERR_INVALID, "mounts[0].source 'fd:x'", ""},
	{SPEC(MNT,
	      "{\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"/\",\"options\":[\"idmap\"]}",
	      "", "", ""),
	 ERR_INVALID, "the container has none", ""},
	{SPEC(MNT, "{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"remount\"]}", "", "",
	      ""),
	 ERR_UNSUPPORTED, "option 'remount'", ""},
	{SPEC(MNT, "", ",\"rlimits\":[{\"type\":\"RLIMIT_X\",\"soft\":1,\"hard\":1}]", "", ""),
	 ERR_INVALID, "'RLIMIT_X' is not a limit", ""},
	{SPEC(MNT, "",
	      ",\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1},{\"type\":\"RLIMIT_"
	      "CPU\","
	      "\"soft\":1,\"hard\":1}]",
	      "", ""),
	 ERR_INVALID, "RLIMIT_CPU is given twice", ""},
	{SPEC(MNT, "", ",\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]", "", ""),
	 ERR_INVALID, "soft limit 2 is above the hard limit 1", ""},
	{SPEC(MNT, "", ",\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":2,\"hard\":4097}]", "",
	      ""),
	 ERR_DENIED, "hard limit 4097 is above the caller's 4096", "ask for at most 4096"},
	{SPEC(MNT, "", ",\"capabilities\":{\"bounding\":[\"CAP_FLY\"]}", "", ""), ERR_INVALID,
	 "process.capabilities.bounding: 'CAP_FLY' is not a capability", ""},
	{SPEC(MNT, "", ",\"capabilities\":{\"effective\":[\"CAP_KILL\"]}", "", ""), ERR_INVALID,
	 "effective has capabilities that permitted lacks", ""},
	{SPEC(MNT, "", "", ",\"sysctl\":{\"kernel.panic\":\"1\"}", ""), ERR_INVALID,
	 "'kernel.panic' belongs to the whole machine", "set others on the host"},
	{SPEC(MNT, "", "", ",\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}", ""), ERR_INVALID,
	 "shares its network namespace", "its own network namespace"},
	{SPEC(MNT NS("network"), "", "", ",\"sysctl\":{\"net/../kernel/panic\":\"1\"}", ""),
	 ERR_INVALID, "is not a name such as", ""},
	{SPEC(MNT, "", "", "", ",\"hostname\":\"pot\""), ERR_INVALID, "hostname 'pot' would change",
	 "its own UTS namespace"},
	{SPEC(MNT, "", "", ",\"rootfsPropagation\":\"wild\"", ""), ERR_INVALID,
	 "rootfsPropagation 'wild'", ""},
	{SPEC(MNT, "", "", ",\"maskedPaths\":[\"x\"]", ""), ERR_INVALID,
	 "linux.maskedPaths[0] 'x' is not absolute", ""},
	{SPEC(MNT, "", "", ",\"devices\":[{\"path\":\"/dev/x\",\"type\":\"q\"}]", ""), ERR_INVALID,
	 "type 'q' is not one of", ""},
	{SPEC(MNT, "", "", ",\"timeOffsets\":{\"monotonic\":{\"secs\":1}}", ""), ERR_INVALID,
	 "needs a new time namespace", ""},
	{SPEC(MNT, "", "", ",\"personality\":{\"domain\":\"BSD\"}", ""), ERR_INVALID,
	 "'BSD' is neither LINUX nor LINUX32", ""},
	{SPEC(MNT, "", "", ",\"intelRdt\":{\"closID\":\"x\"}", ""), ERR_UNSUPPORTED,
	 "linux.intelRdt: closID is for", ""},
	{SPEC(MNT, "", "", ",\"intelRdt\":{\"enableMBM\":true}", ""), ERR_UNSUPPORTED,
	 "linux.intelRdt: enableMBM is for", ""},
	{SPEC(MNT, "", ",\"scheduler\":{\"policy\":\"SCHED_LUCK\"}", "", ""), ERR_INVALID,
	 "'SCHED_LUCK' is not one of", ""},
};

START_TEST(refuses_without_acting)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	ck_assert_int_eq(plan_text(refusals[_i].json, &plain_host, NULL, &out, &err), -1);
	ck_assert_msg(strstr(err.text, refusals[_i].text), "%s: %s", refusals[_i].text, err.text);
	ck_assert_int_eq(err.kind, refusals[_i].kind);
	ck_assert_msg(strstr(err.hint, refusals[_i].hint), "%s: %s", refusals[_i].hint, err.hint);
}
END_TEST

START_TEST(takes_so_many_hooks)
{
	_cleanup_(buf) struct buf json = BUF_INIT, out = BUF_INIT;
	struct err err = ERR_INIT;

	for (int more = 0; more < 2; more++) {
		buf_reset(&json);
		buf_adds(&json, SPEC(MNT, "", "", "",
				     ",\"hooks\":{\"poststop\":[{\"path\":\"/a\"}]"
				     ",\"poststart\":["));
		json.len -= 1; /* the spec's own brace, which is behind the hooks */
		for (int i = 0; i < PLAN_MAX_HOOKS - 1 + more; i++)
			buf_addf(&json, "%s{\"path\":\"/a\"}", i ? "," : "");
		buf_adds(&json, "]}}");
		ck_assert_int_eq(plan_text(buf_str(&json), &plain_host, NULL, &out, &err), -more);
	}
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_str_eq(err.text, "hooks has 257 programs, at most 256 are taken");
}
END_TEST

START_TEST(gives_only_what_the_caller_has)
{
	static const char json[] = SPEC(MNT, "",
					",\"capabilities\":{\"bounding\":[\"CAP_SYS_RESOURCE\","
					"\"CAP_CHOWN\"]}",
					"", "");
	_cleanup_(buf) struct buf out = BUF_INIT, inside = BUF_INIT;
	struct sandbox_host host = plain_host;
	struct id_maps maps = ID_MAPS_INIT;
	struct err err = ERR_INIT;

	one_id(&maps);
	host.caps = 1; /* CAP_CHOWN */
	ck_assert_int_eq(plan_text(json, &host, NULL, &out, &err), 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "exec sh caps 0x1 "));
	/* A user namespace has them all. */
	ck_assert_int_eq(plan_text(json, &host, &maps, &inside, &err), 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&inside), "exec sh caps 0x1000001 "));
	id_maps_done(&maps);
}
END_TEST

Suite *suite_plan(void)
{
	Suite *s = suite_create("plan");
	TCase *tc = tcase_create("plan");

	tcase_add_loop_test(tc, prints_the_steps, 0, ARRAY_SIZE(plans));
	tcase_add_loop_test(tc, refuses_without_acting, 0, ARRAY_SIZE(refusals));
	tcase_add_test(tc, takes_so_many_hooks);
	tcase_add_test(tc, gives_only_what_the_caller_has);
	suite_add_tcase(s, tc);
	return s;
}
