/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of `run`, an argument a line: through the option tables to a runtime spec and a
 * record, and on to the sandbox's plan, as root and as somebody with one id. What we write of them
 * is what we read.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "container/config.h"
#include "fuzz.h"
#include "sandbox/sandbox.h"
#include "scratch.h"
#include "store/containers_private.h"

#define TEST_ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct opt rows[] = {
	OPT_GROUP(container_opts_process, 0),	 OPT_GROUP(container_opts_identity, 0),
	OPT_GROUP(container_opts_filesystem, 0), OPT_GROUP(container_opts_network, 0),
	OPT_GROUP(container_opts_security, 0),	 OPT_GROUP(container_opts_limits, 0),
	OPT_GROUP(container_opts_refused, 0),	 OPT_END,
};

static const struct command command = {
	.name = "run",
	.usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
	.flags = CMD_STOP_AT_ARG,
	.min_args = 1,
	.max_args = -1,
	.args_size = sizeof(struct container_options),
	.options = rows,
};

static const char image_json[] =
	"{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"User\":\"daemon\","
	"\"Env\":[\"PATH=/opt/bin\",\"LANG=C\"],\"Entrypoint\":[\"/entry\"],\"Cmd\":[\"a\",\"b\"],"
	"\"WorkingDir\":\"/srv/./x\",\"Labels\":{\"l\":\"image\"},\"Volumes\":{\"/data\":{}}},"
	"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" TEST_ID "\"]}}";

static void check_spec(const struct runtime_spec *spec)
{
	_cleanup_(runtime_spec) struct runtime_spec back = {.arena = ARENA_INIT};
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	runtime_spec_write(spec, &text);
	FUZZ_CHECK(runtime_spec_parse(buf_str(&text), text.len, "ours", &back, &err) == 0);
}

static void check_record(const struct container_record *record)
{
	struct json_writer w = JSON_WRITER_INIT(NULL, 0);
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct container_record back = {.id = NULL};
	struct err err = ERR_INIT;

	w.out = &text;
	json_encode(&container_record_table, record, &w);
	FUZZ_CHECK(json_decode_text(&container_record_table, text.data, text.len, "record", &back,
				    &back.arena, &err) == 0);
	FUZZ_CHECK(str_eq(back.id, record->id) && str_eq(back.image, record->image));
	FUZZ_CHECK(back.n_args == record->n_args && back.n_env == record->n_env);
	container_record_done(&back);
}

static void plan(const struct container_config *c, bool rootless)
{
	struct id_range one = {.inside = 0, .outside = 1000, .count = 1};
	const struct id_maps maps = {.uid = {&one, 1}, .gid = {&one, 1}};
	const struct sandbox_host host = {.rootless = rootless,
					  .caps = (UINT64_C(1) << 41) - 1,
					  .cap_all = (UINT64_C(1) << 41) - 1,
					  .cgroup_v2 = rootless,
					  .nofile_hard = 4096};
	const struct sandbox_request req = {.id = TEST_ID,
					    .spec = &c->spec,
					    .host = &host,
					    .maps = rootless ? &maps : NULL,
					    .user = c->user};
	_cleanup_(sandbox_plan) struct sandbox_plan *p = NULL;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	if (sandbox_plan_new(&req, &p, &err) < 0)
		scratch_check_err(&err);
	else
		sandbox_plan_print(p, &out);
}

static void build(const struct container_options *o, char **operands)
{
	_cleanup_(store_image) struct store_image image = {.id = {.hex = ""}};
	_cleanup_(container_config) struct container_config c = {.user = NULL};
	struct err err = ERR_INIT;
	const struct container_request req = {.options = o,
					      .image = &image,
					      .id = TEST_ID,
					      .argv = operands + 1};

	FUZZ_CHECK(image_config_parse(image_json, strlen(image_json), "test", &image.config,
				      &err) == 0);
	FUZZ_CHECK(reference_parse("img", &image.name, &err) == 0);
	if (container_config_build(&req, &c, &err) < 0) {
		scratch_check_err(&err);
		return;
	}
	check_spec(&c.spec);
	check_record(&c.record);
	plan(&c, false);
	plan(&c, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)data, size);
	_cleanup_strv_ char **argv = strv_split(text, '\n');
	_cleanup_free_ char **order = xcalloc(strv_len(argv) + 1, sizeof(*order));
	struct container_options o = {.name = NULL};
	struct err err = ERR_INIT;
	char **operands;
	int n;

	/* option_parse() reorders in place: strings are freed from the original. */
	memcpy(order, argv, strv_len(argv) * sizeof(*order));
	container_options_defaults(&o);
	switch (option_parse(&command, order, &o, &operands, &n, &err)) {
	case 0:
		FUZZ_CHECK(n >= 1 && operands[0] && !operands[n]);
		build(&o, operands);
		break;
	case 1:
		break;
	default:
		FUZZ_CHECK(err.kind == ERR_USAGE && err.text[0]);
	}
	option_release(&command, &o);
	return 0;
}
