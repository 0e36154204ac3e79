/* SPDX-License-Identifier: Apache-2.0 */
#include "base/parse.h"
#include "cmd.h"
#include "container/remove.h"
#include "store/check.h"

struct check_args {
	bool repair, quick, force, quiet;
};

static const struct opt rows[] = {
	OPT_FLAG("force", 'f', struct check_args, force,
		 "with --repair: also what a running container uses"),
	OPT_FLAG("quick", 0, struct check_args, quick,
		 "only what can be seen without reading layers"),
	OPT_FLAG("quiet", 'q', struct check_args, quiet, "only what is broken"),
	OPT_FLAG("repair", 'r', struct check_args, repair, "mend or remove what is broken"),
	OPT_END,
};

static void add_finding(const struct check_finding *f, const struct check_args *a, struct buf *out)
{
	buf_addf(out, "%s: %s", f->object, f->text);
	if (a->repair)
		buf_addf(out, " (%s%s)", f->mended ? "mended: " : "not mended",
			 f->mended ? f->remedy : "");
	buf_addc(out, '\n');
}

static void add_count(size_t n, const char *noun, const char *after, struct buf *out)
{
	buf_addf(out, "%zu %s%s%s", n, noun, n == 1 ? "" : "s", after);
}

static void add_summary(const struct check_report *r, const struct check_args *a, struct buf *out)
{
	char size[FORMAT_MAX];

	buf_adds(out, "Looked at ");
	add_count(r->images, "image", ", ", out);
	add_count(r->blobs, "blob", "", out);
	buf_addf(out, " (%s hashed), ", format_size(r->bytes, size));
	add_count(r->layers, "layer", a->quick ? " (not compared), " : ", ", out);
	add_count(r->containers, "container", ", ", out);
	add_count(r->volumes, "volume", "\n", out);
}

/* Names --repair and what it would do, once for each kind. */
static void hint(const struct check_report *r, struct err *err)
{
	for (size_t i = 0; i < r->n; i++) {
		if (!r->findings[i].remedy || r->findings[i].minor)
			continue;
		err_hint(err, "onggi system check --repair (%s: %s)", r->findings[i].object,
			 r->findings[i].remedy);
		return;
	}
}

/* The lines, and how many of what is broken stay so. */
static size_t add_all(const struct check_report *r, const struct check_args *a, struct buf *out)
{
	size_t broken = 0;

	for (size_t i = 0; i < r->n; i++) {
		const struct check_finding *f = &r->findings[i];

		broken += !f->minor && !f->mended;
		if (!f->minor || !a->quiet)
			add_finding(f, a, out);
	}
	if (!a->quiet)
		add_summary(r, a, out);
	return broken;
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	_cleanup_(check_report) struct check_report r = CHECK_REPORT_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	const struct check_args *a = args;
	struct store *s;
	size_t broken;

	(void)argv;
	(void)argc;
	if (a->force && !a->repair) {
		err_set(err, ERR_USAGE, "--force means nothing without --repair");
		return EXIT_ONGGI;
	}
	if (cmd_store(ctx, &s, err) || container_reconcile(s, err) ||
	    store_check(s, a->quick, &r, err) ||
	    (a->repair && store_check_repair(s, &r, a->force, err)))
		return 1;
	broken = add_all(&r, a, &out);
	if (cmd_print(&out, err))
		return 1;
	if (!broken)
		return 0;
	err_set(err, ERR_CORRUPT, "%zu of the store's objects %s broken%s", broken,
		broken == 1 ? "is" : "are", a->repair ? " and not mended" : "");
	if (!a->repair)
		hint(&r, err);
	return 1;
}

const struct command cmd_system_check = {
	.name = "system check",
	.summary = "verify the store, and mend it",
	.usage = "[OPTIONS]",
	.description =
		"Verifies every digest and record: blobs are hashed, unpacked layers compared with "
		"their blobs, entry by entry, and records, names and directories looked at. What "
		"is broken is named, one line each, and the exit code is 1. With --repair it is "
		"mended, or removed where nothing else helps; a broken tree is unpacked again when "
		"it is needed, a broken blob costs the image its names.",
	.examples = "onggi system check --quick\nonggi system check --repair\n",
	.args_size = sizeof(struct check_args),
	.options = rows,
	.run = run,
};
