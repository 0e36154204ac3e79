/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "base/strv.h"
#include "cmd.h"
#include "container/remove.h"
#include "image/image.h"
#include "progress.h"

struct load_args {
	const char *input, *platform, *progress;
	bool quiet;
};

static const struct opt rows[] = {
	OPT_STR("input", 'i', struct load_args, input, "FILE",
		"archive, or oci:DIR, instead of standard input"),
	OPT_STR("platform", 0, struct load_args, platform, "OS/ARCH",
		"which image of several platforms"),
	OPT_PROGRESS(struct load_args, progress),
	OPT_FLAG("quiet", 'q', struct load_args, quiet, "no progress, only the names"),
	OPT_END,
};

static int print_loaded(const struct image_loaded *loaded, struct err *err)
{
	_cleanup_(buf) struct buf out = BUF_INIT;

	strv_foreach (name, loaded->names) {
		struct reference ref;
		char text[REFERENCE_STR_MAX];

		if (str_prefix(*name, "sha256:", NULL) || reference_parse(*name, &ref, NULL))
			buf_addf(&out, "Loaded image ID: %s\n", *name);
		else
			buf_addf(&out, "Loaded image: %s\n", reference_familiar(&ref, true, text));
	}
	return cmd_print(&out, err);
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct load_args *a = args;
	_cleanup_(image_loaded) struct image_loaded loaded = {.names = NULL};
	_cleanup_(progress_view) struct progress_view *view = NULL;
	struct platform platform;
	struct image_load_request req = {.input = a->input ? a->input
						  : argc   ? argv[0]
							   : NULL,
					 .fd = STDIN_FILENO};
	struct store *s;
	int r;

	if (str_eq(req.input, "-"))
		req.input = NULL;
	if (!req.input && isatty(STDIN_FILENO)) {
		err_set(err, ERR_USAGE, "no archive: standard input is a terminal");
		return err_hint(err, "onggi load -i FILE"), EXIT_ONGGI;
	}
	if (!str_empty(a->platform)) {
		if (platform_parse(a->platform, &platform, err))
			return err_ctx(err, "--platform"), EXIT_ONGGI;
		req.platform = &platform;
	}
	if (cmd_store(ctx, &s, err) || container_sweep(s, err))
		return 1;
	view = cmd_progress(ctx, a->progress, a->quiet, false, "loading");
	req.progress = progress_view_events(view);
	r = image_load(s, &req, &loaded, err);
	progress_view_free(ptr_take(view));
	if (r)
		return 1;
	return print_loaded(&loaded, err) ? 1 : 0;
}

#define LOAD(name_)                                                                                \
	{                                                                                          \
		.name = (name_), .summary = "load images from an archive",                         \
		.usage = "[OPTIONS] [FILE]",                                                       \
		.description = "Reads a docker-archive, an oci-archive or an OCI layout "          \
			       "(oci:DIR), plain or "                                              \
			       "compressed, from a file or standard input.",                       \
		.examples = "onggi load -i image.tar\nonggi load -i oci:layout\n", .max_args = 1,  \
		.args_size = sizeof(struct load_args), .options = rows, .run = run                 \
	}

const struct command cmd_load = LOAD("load");
const struct command cmd_image_load = LOAD("image load");
