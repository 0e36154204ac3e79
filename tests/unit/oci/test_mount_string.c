/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buf.h"
#include "base/strv.h"
#include "oci/mount_options.h"
#include "oci/mount_string.h"
#include "suites.h"

typedef int (*parse_fn)(struct arena *a, const char *s, struct mount_request *ret, struct err *err);

static const char *const kinds[] = {"bind", "volume", "tmpfs"};

/* A request in one line, so that a case shows all that was understood. */
static void describe(const struct mount_request *r, struct buf *out)
{
	const struct {
		bool on;
		const char *word;
	} flags[] = {
		{r->readonly, "ro"},	     {r->recursive_readonly, "rro"},
		{r->non_recursive, "norec"}, {r->chown, "U"},
		{r->overlay, "O"},	     {r->no_copy, "nocopy"},
		{r->must_exist, "exist"},
	};

	buf_addf(out, "%s %s %s", kinds[r->kind], r->source ? r->source : "-", r->target);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (flags[i].on)
			buf_addf(out, " %s", flags[i].word);
	if (r->propagation)
		buf_addf(out, " prop=%s", r->propagation);
	if (r->subpath)
		buf_addf(out, " sub=%s", r->subpath);
	if (r->tmpfs_size)
		buf_addf(out, " size=%llu", (unsigned long long)r->tmpfs_size);
	if (r->tmpfs_mode_set)
		buf_addf(out, " mode=%o", r->tmpfs_mode);
	if (r->idmap)
		buf_addf(out, " idmap=%s", r->idmap);
	for (size_t i = 0; i < r->n_options; i++)
		buf_addf(out, " +%s", r->options[i]);
	for (size_t i = 0; i < r->n_volume_options; i++)
		buf_addf(out, " opt:%s", r->volume_options[i]);
	for (size_t i = 0; i < r->n_volume_labels; i++)
		buf_addf(out, " label:%s", r->volume_labels[i]);
}

static const struct {
	parse_fn parse;
	const char *in;
	const char *out;
} good[] = {
	{mount_parse_volume, "/data", "volume - /data"},
	{mount_parse_volume, "vol:/data", "volume vol /data"},
	{mount_parse_volume, "v:/data", "volume v /data"},
	{mount_parse_volume, "vol:/data/../x//y/", "volume vol /x/y"},
	{mount_parse_volume, "/src:/dst", "bind /src /dst"},
	{mount_parse_volume, "./src:/dst:ro", "bind ./src /dst ro"},
	{mount_parse_volume, ".:/dst", "bind . /dst"},
	{mount_parse_volume, "../src:/dst", "bind ../src /dst"},
	{mount_parse_volume, "~/src:/dst", "bind ~/src /dst"},
	{mount_parse_volume, "/s:/d:rw,z", "bind /s /d"},
	{mount_parse_volume, "/s:/d:Z,U", "bind /s /d U"},
	{mount_parse_volume, "/s:/d:chown,O", "bind /s /d U O"},
	{mount_parse_volume, "/s:/d:noexec,nosuid,nodev", "bind /s /d +noexec +nosuid +nodev"},
	{mount_parse_volume, "/s:/d:exec,suid,dev", "bind /s /d +exec +suid +dev"},
	{mount_parse_volume, "/s:/d:rslave", "bind /s /d prop=rslave"},
	{mount_parse_volume, "/s:/d:rbind,shared,cached", "bind /s /d prop=shared"},
	{mount_parse_volume, "/s:/d:bind", "bind /s /d norec"},
	{mount_parse_volume, "/s:/d:idmap", "bind /s /d idmap="},
	{mount_parse_volume, "/s:/d:idmap=uids=0-1-10;gids=0-1-10,ro",
	 "bind /s /d ro idmap=uids=0-1-10;gids=0-1-10"},
	{mount_parse_volume, "vol:/d:nocopy", "volume vol /d nocopy"},
	{mount_parse_volume, "vol:/d:copy", "volume vol /d"},
	{mount_parse_long, "type=bind,src=/s,dst=/d", "bind /s /d exist"},
	{mount_parse_long, "type=bind,source=s,destination=/d,readonly", "bind s /d ro exist"},
	{mount_parse_long, "dst=/d,src=/s,type=bind", "bind /s /d exist"},
	{mount_parse_long, "type=bind,src=/s,target=/d,ro=true", "bind /s /d ro exist"},
	{mount_parse_long, "type=bind,src=/s,target=/d,ro=0", "bind /s /d exist"},
	{mount_parse_long, "type=bind,src=/s,dst=/d,rw=false", "bind /s /d ro exist"},
	{mount_parse_long, "type=bind,\"src=/a,b\",dst=/d", "bind /a,b /d exist"},
	{mount_parse_long, "type=bind,\"src=/a\"\"b\",dst=/d", "bind /a\"b /d exist"},
	{mount_parse_long, "type=bind,src=/s,dst=/d,bind-propagation=rshared,consistency=cached",
	 "bind /s /d exist prop=rshared"},
	{mount_parse_long, "type=bind,src=/s,dst=/d,bind-recursive=disabled",
	 "bind /s /d norec exist"},
	{mount_parse_long, "type=bind,src=/s,dst=/d,bind-nonrecursive", "bind /s /d norec exist"},
	{mount_parse_long, "type=bind,src=/s,dst=/d,bind-recursive=readonly,ro",
	 "bind /s /d ro rro exist"},
	{mount_parse_long, "type=bind,src=/s,dst=/d,relabel=shared,chown=true",
	 "bind /s /d U exist"},
	{mount_parse_long, "type=volume,src=v,dst=/d,volume-nocopy=true", "volume v /d nocopy"},
	{mount_parse_long, "src=v,dst=/d", "volume v /d"},
	{mount_parse_long, "dst=/d", "volume - /d"},
	{mount_parse_long,
	 "type=volume,src=v,dst=/d,volume-driver=local,volume-opt=type=nfs,\"volume-opt=o=a,b\","
	 "volume-label=k=v,volume-subpath=a/b",
	 "volume v /d sub=a/b opt:type=nfs opt:o=a,b label:k=v"},
	{mount_parse_long, "type=tmpfs,dst=/d", "tmpfs - /d"},
	{mount_parse_long, "type=tmpfs,dst=/d,tmpfs-size=64m,tmpfs-mode=1770,notmpcopyup",
	 "tmpfs - /d nocopy size=67108864 mode=1770"},
	{mount_parse_long, "type=tmpfs,dst=/d,tmpcopyup,noexec", "tmpfs - /d +tmpcopyup +noexec"},
	{mount_parse_long, "type=tmpfs,dst=/d,uid=1,gid=5", "tmpfs - /d +uid=1 +gid=5"},
	{mount_parse_tmpfs, "/run", "tmpfs - /run"},
	{mount_parse_tmpfs, "/run:", "tmpfs - /run"},
	{mount_parse_tmpfs, "/run/:size=1g,mode=755,exec,ro",
	 "tmpfs - /run ro size=1073741824 mode=755 +exec"},
	{mount_parse_tmpfs, "/run:size=50%,uid=1,gid=2,nr_inodes=10k,noatime,U",
	 "tmpfs - /run U +size=50% +uid=1 +gid=2 +nr_inodes=10k +noatime"},
};

START_TEST(accepted)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct mount_request r;
	struct err err = ERR_INIT;

	ck_assert_msg(good[_i].parse(&a, good[_i].in, &r, &err) == 0, "%s: %s", good[_i].in,
		      err.text);
	describe(&r, &out);
	ck_assert_str_eq(buf_str(&out), good[_i].out);
}
END_TEST

#define V_BIND                                                                                     \
	"accepted: ro, rw, exec, noexec, suid, nosuid, dev, nodev, z, Z, private, "                \
	"rprivate, shared, rshared, slave, rslave, unbindable, runbindable, bind, rbind, "         \
	"consistent, cached, delegated"
#define NO_VOLUME(n)                                                                               \
	"'" n "' is no volume name, expected letters, digits, '_', '.' and '-'; a host path "      \
	"begins with '/', './', '../' or '~'"

static const struct {
	parse_fn parse;
	const char *in;
	const char *text; /* behind "invalid ... 'in': "; a prefix where it ends in "..." */
	const char *hint;
} bad[] = {
	{mount_parse_volume, "", "expected [SOURCE:]TARGET[:OPTIONS]", ""},
	{mount_parse_volume, ":/d", "expected [SOURCE:]TARGET[:OPTIONS]", ""},
	{mount_parse_volume, "/a:/b:ro:x", "expected [SOURCE:]TARGET[:OPTIONS]", ""},
	{mount_parse_volume, "data", "the path in the container, 'data', must be absolute", ""},
	{mount_parse_volume, "/a:b", "the path in the container, 'b', must be absolute", ""},
	{mount_parse_volume, "/a:", "the path in the container is missing", ""},
	{mount_parse_volume, "/a:/", "the path in the container can't be '/', which is the image's",
	 ""},
	{mount_parse_volume, "/a:/b/..",
	 "the path in the container can't be '/', which is the image's", ""},
	{mount_parse_volume, "a/b:/d", NO_VOLUME("a/b"),
	 "use './a/b' for a path below the current directory"},
	{mount_parse_volume, "-x:/d", NO_VOLUME("-x"),
	 "use './-x' for a path below the current directory"},
	{mount_parse_volume, "/a:/b:", "the options behind the second ':' are missing", ""},
	{mount_parse_volume, "/a:/b:readonly", "unknown option 'readonly', " V_BIND, ""},
	{mount_parse_volume, "/a:/b:noexe", "unknown option 'noexe', " V_BIND,
	 "did you mean 'noexec'?"},
	{mount_parse_volume, "/a:/b:ro,", "unknown option '', " V_BIND, ""},
	{mount_parse_volume, "/a:/b:nocopy",
	 "option 'nocopy' does not apply to a bind mount, " V_BIND, ""},
	{mount_parse_volume, "/a:/b:ro,rw", "options 'ro' and 'rw' exclude each other", ""},
	{mount_parse_volume, "/a:/b:z,Z", "options 'z' and 'Z' exclude each other", ""},
	{mount_parse_volume, "/a:/b:shared,rslave",
	 "options 'shared' and 'rslave' exclude each other", ""},
	{mount_parse_volume, "/a:/b:ro,ro", "option 'ro' is given twice", ""},
	{mount_parse_volume, "/a:/b:ro=1", "option 'ro' takes no value", ""},
	{mount_parse_long, "", "unknown option '', ...", ""},
	{mount_parse_long, "type=bnd,dst=/d", "unknown type 'bnd', accepted: bind, volume, tmpfs",
	 "did you mean 'bind'?"},
	{mount_parse_long, "type=npipe,dst=/d",
	 "type 'npipe' is not known to this version, accepted: bind, volume, tmpfs", ""},
	{mount_parse_long, "type=image,src=debian,dst=/d",
	 "type 'image' is not known to this version, accepted: bind, volume, tmpfs", ""},
	{mount_parse_long, "type=volume,src=v,dst=/d,volume-driver=nfs",
	 "volume-driver: 'nfs' is refused, accepted: local", ""},
	{mount_parse_long, "type=volume,src=v,dst=/d,volume-driver=",
	 "volume-driver: '' is refused, accepted: local", ""},
	{mount_parse_long, "type=bind,type=bind", "option 'type' is given twice", ""},
	{mount_parse_long, "type=bind,dst=/d", "type=bind needs src=PATH", ""},
	{mount_parse_long, "type=bind,src=,dst=/d", "type=bind needs src=PATH", ""},
	{mount_parse_long, "type=bind,src=/s", "the path in the container is missing", ""},
	{mount_parse_long, "type=bind,src=/s,dst=d",
	 "the path in the container, 'd', must be absolute", ""},
	{mount_parse_long, "type=bind,src=/s,dst", "option 'dst' needs a value: dst=VALUE", ""},
	{mount_parse_long, "type=bind,src=/s,source=/t,dst=/d",
	 "options 'src' and 'source' exclude each other", ""},
	{mount_parse_long, "type=bind,src=/s,dts=/d", "unknown option 'dts', ...",
	 "did you mean 'dst'?"},
	{mount_parse_long, "type=bind,src=/s,dst=/d,tmpfs-size=1m",
	 "option 'tmpfs-size' does not apply to a bind mount, ...", ""},
	{mount_parse_long, "type=tmpfs,src=/s,dst=/d",
	 "option 'src' does not apply to a tmpfs mount, ...", ""},
	{mount_parse_long, "type=bind,src=/s,dst=/d,readonly=maybe",
	 "readonly: 'maybe' is refused, expected true or false", ""},
	{mount_parse_long, "type=bind,src=/s,dst=/d,bind-propagation=rslav",
	 "bind-propagation: 'rslav' is refused, accepted: private, rprivate, shared, rshared, "
	 "slave, "
	 "rslave, unbindable, runbindable",
	 "did you mean 'rslave'?"},
	{mount_parse_long, "type=bind,src=/s,dst=/d,bind-recursive=no",
	 "bind-recursive: 'no' is refused, accepted: enabled, disabled, writable, readonly", ""},
	{mount_parse_long, "type=bind,src=/s,dst=/d,bind-recursive=readonly",
	 "bind-recursive=readonly needs readonly", ""},
	{mount_parse_long, "type=bind,src=/s,dst=/d,relabel=x",
	 "relabel: 'x' is refused, accepted: shared, private", ""},
	{mount_parse_long, "type=volume,src=/s,dst=/d", "'/s' is a path, not a volume's name",
	 "use type=bind for a path of the host"},
	{mount_parse_long, "type=volume,src=v,dst=/d,volume-subpath=../x",
	 "volume-subpath: '../x' is refused, expected a relative path without '..'", ""},
	{mount_parse_long, "type=volume,src=v,dst=/d,subpath=/x",
	 "subpath: '/x' is refused, expected a relative path without '..'", ""},
	{mount_parse_long, "type=bind,\"src=/s,dst=/d", "a quote is not closed", ""},
	{mount_parse_long, "type=bind,src=\"/s\",dst=/d",
	 "a quote stands inside a field, quote the whole field: \"src=/a,b\"", ""},
	{mount_parse_long, "type=bind,\"src=/s\"x,dst=/d", "text follows a closing quote", ""},
	{mount_parse_tmpfs, "run", "the path in the container, 'run', must be absolute", ""},
	{mount_parse_tmpfs, "/", "the path in the container can't be '/', which is the image's",
	 ""},
	{mount_parse_tmpfs, "/run:size=big",
	 "size: 'big' is no size, expected a number with b, k, m or g", ""},
	{mount_parse_tmpfs, "/run:mode=9",
	 "mode: '9' is no mode, expected octal digits such as 1777", ""},
	{mount_parse_tmpfs, "/run:siz=1m", "unknown option 'siz', ...", "did you mean 'size'?"},
};

START_TEST(refused)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_free_ char *text = NULL;
	struct mount_request r = {.tmpfs_mode = 12345};
	struct err err = ERR_INIT;
	const char *word = bad[_i].parse == mount_parse_volume ? "volume"
			   : bad[_i].parse == mount_parse_long ? "mount"
							       : "tmpfs";

	ck_assert_int_eq(bad[_i].parse(&a, bad[_i].in, &r, &err), -1);
	ck_assert(err.kind == ERR_INVALID || err.kind == ERR_UNSUPPORTED);
	text = xasprintf("invalid %s '%s': %s", word, bad[_i].in, bad[_i].text);
	if (str_suffix(text, "..."))
		ck_assert_int_eq(strncmp(err.text, text, strlen(text) - 3), 0);
	else
		ck_assert_str_eq(err.text, text);
	ck_assert_str_eq(err.hint, bad[_i].hint);
	ck_assert_uint_eq(r.tmpfs_mode, 12345);
}
END_TEST

Suite *suite_mount_string(void)
{
	Suite *s = suite_create("mount_string");
	TCase *t = tcase_create("mount_string");

	tcase_add_loop_test(t, accepted, 0, (int)ARRAY_SIZE(good));
	tcase_add_loop_test(t, refused, 0, (int)ARRAY_SIZE(bad));
	suite_add_tcase(s, t);
	return s;
}
