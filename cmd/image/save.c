/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "base/strv.h"
#include "cmd.h"
#include "image/image.h"
#include "os/interrupt.h"
#include "progress.h"

struct save_args {
	const char *output, *format, *compression, *platform, *progress;
	bool quiet, compress, uncompressed;
};

static const char *const formats[] = {"docker-archive", "oci-archive", "oci-dir", "docker-dir",
				      NULL};
static const char *const compressions[] = {"none", "gzip", "zstd", NULL};

static const struct opt rows[] = {
	OPT_STR("output", 'o', struct save_args, output, "FILE",
		"file, or oci:DIR, instead of standard output"),
	{.kind = OPT_KIND_CHOICE,
	 .name = "format",
	 .offset = offsetof(struct save_args, format),
	 .value = "FORMAT",
	 .choices = formats,
	 .fallback = "docker-archive",
	 .help = "what to write; oci-dir is a directory"},
	{.kind = OPT_KIND_CHOICE,
	 .name = "compression",
	 .offset = offsetof(struct save_args, compression),
	 .value = "KIND",
	 .choices = compressions,
	 .help = "write all layers so; else OCI layouts get them as they are stored, a "
		 "docker-archive as plain tars"},
	OPT_FLAG("compress", 0, struct save_args, compress, "the same as --compression gzip"),
	OPT_FLAG("uncompressed", 0, struct save_args, uncompressed,
		 "the same as --compression none"),
	OPT_STR("platform", 0, struct save_args, platform, "OS/ARCH",
		"an image for another platform is an error"),
	{.kind = OPT_KIND_ACCEPT,
	 .name = "multi-image-archive",
	 .shorthand = 'm',
	 .help = "several images may always be given"},
	OPT_PROGRESS(struct save_args, progress),
	OPT_FLAG("quiet", 'q', struct save_args, quiet, "show no progress"),
	OPT_END,
};

/* ---- what and where ---- */

static const struct {
	const char *word, *prefix;
	enum image_save_format format;
} known_formats[] = {
	{"docker-archive", "docker-archive:", IMAGE_SAVE_DOCKER_ARCHIVE},
	{"oci-archive", "oci-archive:", IMAGE_SAVE_OCI_ARCHIVE},
	{"oci-dir", "oci:", IMAGE_SAVE_OCI_DIR},
};

static int set_format(const char *word, struct image_save_request *req, struct err *err)
{
	if (str_eq(word, "docker-dir")) {
		err_set(err, ERR_UNSUPPORTED, "format 'docker-dir' is not written");
		return err_hint(err,
				"oci-dir is a directory that other tools read as well: onggi save "
				"--format oci-dir -o DIR IMAGE");
	}
	for (size_t i = 0; i < ARRAY_SIZE(known_formats); i++) {
		if (str_eq(word, known_formats[i].word))
			req->format = known_formats[i].format;
	}
	return 0;
}

/* "oci:DIR", "oci-archive:FILE", "docker-archive:FILE" as skopeo writes them. */
static int set_output(const struct save_args *a, struct image_save_request *req, struct err *err)
{
	req->output = str_eq(a->output, "-") ? NULL : a->output;
	for (size_t i = 0; req->output && i < ARRAY_SIZE(known_formats); i++) {
		const char *rest;

		if (!str_prefix(req->output, known_formats[i].prefix, &rest))
			continue;
		if (a->format && !str_eq(a->format, known_formats[i].word))
			return err_set(err, ERR_USAGE, "'%s' is %s, but --format says %s",
				       a->output, known_formats[i].word, a->format);
		if (str_empty(rest) || strchr(rest, ':')) {
			err_set(err, ERR_USAGE, "'%s': expected %sPATH, without a colon in it",
				a->output, known_formats[i].prefix);
			return err_hint(err, "images keep their names; onggi tag IMAGE NAME gives "
					     "another");
		}
		req->output = rest;
		req->format = known_formats[i].format;
		break;
	}
	return 0;
}

static int set_compression(const struct save_args *a, struct image_save_request *req,
			   struct err *err)
{
	const char *word = a->compression;

	if ((a->compress && a->uncompressed) || (word && (a->compress || a->uncompressed)))
		return err_set(
			err, ERR_USAGE,
			"only one of --compress, --uncompressed and --compression is accepted");
	if (a->compress)
		word = "gzip";
	if (a->uncompressed)
		word = "none";
	req->recompress = word != NULL;
	for (enum compression c = COMPRESSION_NONE; word && c < COMPRESSION_COUNT; c++) {
		if (str_eq(word, compression_name(c)))
			req->compression = c;
	}
	return 0;
}

/* A signal ends a save in order where there is something to remove: what has a name. */
static int save(struct store *s, struct image_save_request *req, struct err *err)
{
	_cleanup_(interrupt) struct interrupt interrupt = {.flag = NULL};

	if (req->output) {
		if (interrupt_begin(&interrupt, err))
			return 1;
		req->cancel = &interrupt.flag->set;
	}
	if (image_save(s, req, err) == 0)
		return 0;
	return err->kind == ERR_CANCELLED ? 128 + interrupt_signal(&interrupt) : 1;
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct save_args *a = args;
	struct image_save_request req = {.images = argv, .fd = STDOUT_FILENO};
	_cleanup_(progress_view) struct progress_view *view = NULL;
	struct platform platform;
	struct store *s;

	(void)argc;
	if (set_format(a->format, &req, err) || set_output(a, &req, err) ||
	    set_compression(a, &req, err))
		return EXIT_ONGGI;
	if (!str_empty(a->platform)) {
		if (platform_parse(a->platform, &platform, err))
			return err_ctx(err, "--platform"), EXIT_ONGGI;
		req.platform = &platform;
	}
	if (cmd_store(ctx, &s, err))
		return 1;
	view = cmd_progress(ctx, a->progress, a->quiet, false, "saving");
	req.progress = progress_view_events(view);
	return save(s, &req, err);
}

#define SAVE(name_)                                                                                \
	{                                                                                          \
		.name = (name_), .summary = "write images into an archive or a layout",            \
		.usage = "[OPTIONS] IMAGE [IMAGE...]",                                             \
		.description =                                                                     \
			"Writes images to a file, to standard output or, as an OCI layout, into "  \
			"a directory, where they join what is there. `onggi load`, `docker "       \
			"load`, `podman load` and `skopeo copy` read it. Images keep their ids, "  \
			"and equal images give equal bytes. A file appears when it is complete.",  \
		.examples = "onggi save -o busybox.tar busybox\n"                                  \
			    "onggi save --format oci-dir -o layout busybox onggi/hello\n",         \
		.min_args = 1, .max_args = -1, .args_size = sizeof(struct save_args),              \
		.options = rows, .run = run                                                        \
	}

const struct command cmd_save = SAVE("save");
const struct command cmd_image_save = SAVE("image save");
