/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/id.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/strv.h"
#include "cli/table.h"
#include "cmd.h"
#include "store/images.h"

struct images_args {
	bool all, digests, no_trunc, quiet;
};

static const struct opt rows[] = {
	OPT_FLAG("all", 'a', struct images_args, all,
		 "accepted: there are no intermediate images to hide"),
	OPT_FLAG("digests", 0, struct images_args, digests, "show manifest digests"),
	OPT_FLAG("no-trunc", 0, struct images_args, no_trunc, "nothing shortened"),
	OPT_FLAG("quiet", 'q', struct images_args, quiet, "only ids"),
	OPT_END,
};

struct row {
	char repository[REFERENCE_NAME_MAX + 1];
	char tag[REFERENCE_TAG_MAX + 1];
	struct digest id, digest;
	struct timespec created;
	uint64_t size;
};

/* Bytes of all layers as they are stored. */
static uint64_t image_size(const struct manifest *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->n_layers; i++)
		sum += m->layers[i].size;
	return sum;
}

static void fill_row(struct row *row, const struct store_image *img)
{
	str_copy(row->repository, sizeof(row->repository), "<none>");
	str_copy(row->tag, sizeof(row->tag), "<none>");
	if (*img->name.domain) {
		reference_familiar(&img->name, false, row->repository);
		if (*img->name.tag)
			str_copy(row->tag, sizeof(row->tag), img->name.tag);
	}
	row->id = img->id;
	row->digest = img->descriptor.digest;
	row->size = image_size(&img->manifest);
	if (!img->config.created || parse_time(img->config.created, &row->created, NULL))
		row->created = (struct timespec){.tv_sec = 0};
}

static bool wanted(const struct row *row, const char *filter)
{
	struct reference ref;
	char name[REFERENCE_NAME_MAX + 1];
	const char *base = filter + strcspn(filter, "/");
	bool tagged = strchr(*base ? base : filter, ':') != NULL;

	if (reference_parse(filter, &ref, NULL))
		return false;
	return str_eq(reference_familiar(&ref, false, name), row->repository) &&
	       (!tagged || str_eq(ref.tag, row->tag));
}

static int newest_first(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->created.tv_sec != y->created.tv_sec)
		return x->created.tv_sec < y->created.tv_sec ? 1 : -1;
	return strcmp(x->repository, y->repository);
}

static int read_rows(struct store *s, const char *filter, struct row **ret, size_t *ret_n,
		     struct err *err)
{
	_cleanup_(image_index) struct image_index index = {.manifests = NULL};
	size_t n = 0;

	if (store_index_read(s, &index, err))
		return -1;
	*ret = xcalloc(index.n_manifests + 1, sizeof(**ret));
	for (size_t i = 0; i < index.n_manifests; i++) {
		_cleanup_(store_image) struct store_image img = {.id = {.hex = ""}};
		struct err one = ERR_INIT;

		if (store_image_load(s, &index.manifests[i], &img, &one)) {
			log_err(&one);
			continue;
		}
		fill_row(&(*ret)[n], &img);
		if (!filter || wanted(&(*ret)[n], filter))
			n++;
	}
	qsort(*ret, n, sizeof(**ret), newest_first);
	*ret_n = n;
	return 0;
}

static void add_row(struct table *t, const struct row *row, const struct images_args *a, time_t now)
{
	char text[DIGEST_STR_MAX], size[FORMAT_MAX];
	_cleanup_(buf) struct buf created = BUF_INIT;

	table_add(t, row->repository);
	table_add(t, row->tag);
	if (a->digests)
		table_add(t, digest_str(&row->digest, text));
	digest_str(&row->id, text);
	if (a->no_trunc) {
		table_add(t, text);
	} else {
		str_copy(text, ID_SHORT_LEN + 1, row->id.hex);
		table_add(t, text);
	}
	if (row->created.tv_sec)
		buf_addf(&created, "%s ago", format_age(now - row->created.tv_sec, size));
	table_add(t, row->created.tv_sec ? buf_str(&created) : "N/A");
	table_add(t, format_size(row->size, size));
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	static const char *const plain[] = {"REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"};
	static const char *const digests[] = {"REPOSITORY", "TAG",     "DIGEST",
					      "IMAGE ID",   "CREATED", "SIZE"};
	const struct images_args *a = args;
	_cleanup_(table) struct table t = {.columns = 0};
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_free_ struct row *list = NULL;
	struct store *s;
	size_t n;
	char text[DIGEST_STR_MAX];

	if (cmd_store(ctx, &s, err) || read_rows(s, argc ? argv[0] : NULL, &list, &n, err))
		return 1;
	if (a->digests)
		table_init(&t, digests, ARRAY_SIZE(digests));
	else
		table_init(&t, plain, ARRAY_SIZE(plain));
	for (size_t i = 0; i < n; i++) {
		if (!a->quiet)
			add_row(&t, &list[i], a, time(NULL));
		else if (a->no_trunc)
			buf_addf(&out, "%s\n", digest_str(&list[i].id, text));
		else
			buf_addf(&out, "%.*s\n", ID_SHORT_LEN, list[i].id.hex);
	}
	if (!a->quiet)
		table_print(&t, &out);
	return cmd_print(&out, err) ? 1 : 0;
}

#define IMAGES(name_)                                                                              \
	{                                                                                          \
		.name = (name_), .summary = "list images", .usage = "[OPTIONS] [NAME[:TAG]]",      \
		.description = "Lists the images in the store. SIZE counts the layers as they "    \
			       "are stored.",                                                      \
		.examples = "onggi images\nonggi images --digests --no-trunc\n", .max_args = 1,    \
		.args_size = sizeof(struct images_args), .options = rows, .run = run               \
	}

const struct command cmd_images = IMAGES("images");
const struct command cmd_image_ls = IMAGES("image ls");
const struct command cmd_image_list = IMAGES("image list");
