/* SPDX-License-Identifier: Apache-2.0 */
#include "prune.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/id.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/strv.h"
#include "container/prune.h"
#include "container/remove.h"
#include "oci/reference.h"

#define ANSWER_MAX 256

const struct opt prune_rows[] = {
	OPT_FLAG("force", 'f', struct prune_args, force, "don't ask"),
	OPT_FLAG("dry-run", 0, struct prune_args, dry_run, "show what would be removed"),
	OPT_END,
};

/* ---- the question ---- */

/* The first line of standard input; false at its end. */
static bool read_answer(char *buf, size_t size)
{
	size_t n = 0;
	char c;

	for (;;) {
		ssize_t r = read(STDIN_FILENO, &c, 1);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0 && n == 0)
			return false;
		if (r <= 0 || c == '\n')
			break;
		if (n + 1 < size)
			buf[n++] = c;
	}
	buf[n] = '\0';
	return true;
}

/* 1: go on, 0: no. */
static int ask(const struct prune_job *job, const struct prune_args *a, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	char answer[ANSWER_MAX];
	const char *word;

	buf_addf(&text, "WARNING! %s", job->warning);
	if (a->filter)
		buf_adds(&text, "  Items to be pruned will be filtered with:\n");
	strv_foreach (f, a->filter)
		buf_addf(&text, "  - %s\n", *f);
	buf_adds(&text, "Are you sure you want to continue? [y/N] ");
	if (cmd_print(&text, err))
		return -1;
	if (!read_answer(answer, sizeof(answer))) {
		buf_reset(&text);
		buf_addc(&text, '\n');
		if (cmd_print(&text, err))
			return -1;
		err_set(err, ERR_CANCELLED, "nothing is removed: standard input gave no answer");
		return err_hint(err, "--force removes without asking");
	}
	word = answer + strspn(answer, " \t\r");
	return (*word == 'y' || *word == 'Y') && !word[1 + strspn(word + 1, " \t\r")];
}

/* ---- what is removed ---- */

static const char *familiar(const char *name, char *buf)
{
	struct reference ref;

	if (reference_parse(name, &ref, NULL))
		return name;
	return reference_familiar(&ref, true, buf);
}

static const char *short_digest(const char *digest)
{
	const char *hex = digest;

	str_prefix(digest, "sha256:", &hex);
	return hex;
}

/* One line of a plan: what it is, and its size. */
static void plan_line(const struct prune_item *item, struct buf *out)
{
	char size[FORMAT_MAX], ref[REFERENCE_STR_MAX];

	switch (item->kind) {
	case PRUNE_CONTAINER:
		buf_addf(out, "container %.12s%s%s", item->name, item->title ? " " : "",
			 item->title ? item->title : "");
		break;
	case PRUNE_VOLUME:
		buf_addf(out, "volume %s", item->name);
		break;
	case PRUNE_IMAGE:
		buf_addf(out, "image %.12s", short_digest(item->title));
		for (size_t i = 0; i < item->n_names; i++)
			buf_addf(out, " %s", familiar(item->names[i], ref));
		buf_adds(out, "\n");
		return;
	case PRUNE_BLOB:
		buf_addf(out, "blob %.12s%s", short_digest(item->name),
			 item->orphan ? " of no image" : "");
		break;
	case PRUNE_LAYER:
		buf_addf(out, "layer %.12s%s", item->name, item->orphan ? " of no image" : "");
		break;
	case PRUNE_LEFTOVER:
		buf_addf(out, "leftover %s", item->path);
		break;
	}
	buf_addf(out, ", %s\n", format_size(item->bytes, size));
}

static void print_plan(const struct prune_plan *plan, struct buf *out)
{
	char size[FORMAT_MAX];

	if (plan->n)
		buf_adds(out, "Would remove:\n");
	for (size_t i = 0; i < plan->n; i++) {
		buf_adds(out, "  ");
		plan_line(&plan->items[i], out);
	}
	buf_addf(out, "%sTotal reclaimable space: %s\n", plan->n ? "\n" : "",
		 format_size(prune_plan_bytes(plan, false), size));
}

/* docker's words for an item. */
static void done_line(const struct prune_item *item, struct buf *out)
{
	char ref[REFERENCE_STR_MAX];

	switch (item->kind) {
	case PRUNE_CONTAINER:
	case PRUNE_VOLUME:
		buf_addf(out, "%s\n", item->name);
		break;
	case PRUNE_IMAGE:
		for (size_t i = 0; i < item->n_names; i++)
			buf_addf(out, "untagged: %s\n", familiar(item->names[i], ref));
		buf_addf(out, "deleted: %s\n", item->title);
		break;
	case PRUNE_BLOB:
		/* Those of an image go without saying. */
		if (item->orphan)
			buf_addf(out, "deleted: %s\n", item->name);
		break;
	case PRUNE_LAYER:
		if (str_prefix(item->path, "layers/sha256/", NULL) && hex_valid(item->name, 64))
			buf_addf(out, "deleted: sha256:%.64s\n", item->name);
		else
			buf_addf(out, "deleted: %s\n", item->path);
		break;
	case PRUNE_LEFTOVER:
		buf_addf(out, "%s\n", item->path);
		break;
	}
}

static void done_list(const struct prune_plan *plan, const char *title, unsigned kinds,
		      struct buf *out)
{
	_cleanup_(buf) struct buf lines = BUF_INIT;

	for (size_t i = 0; i < plan->n; i++)
		if (plan->items[i].done && (kinds & (1u << plan->items[i].kind)))
			done_line(&plan->items[i], &lines);
	if (lines.len)
		buf_addf(out, "%s:\n%s\n", title, buf_str(&lines));
}

static void print_done(const struct prune_plan *plan, struct buf *out)
{
	char size[FORMAT_MAX];

	done_list(plan, "Deleted Containers", 1u << PRUNE_CONTAINER, out);
	done_list(plan, "Deleted Volumes", 1u << PRUNE_VOLUME, out);
	done_list(plan, "Deleted Images", 1u << PRUNE_IMAGE | 1u << PRUNE_BLOB | 1u << PRUNE_LAYER,
		  out);
	done_list(plan, "Deleted leftovers of killed commands", 1u << PRUNE_LEFTOVER, out);
	buf_addf(out, "Total reclaimed space: %s\n",
		 format_size(prune_plan_bytes(plan, true), size));
}

/* ---- together ---- */

static int make_plan(struct store *s, const struct prune_job *job, const struct prune_args *a,
		     const struct prune_filter *filter, struct prune_plan *plan, struct err *err)
{
	_cleanup_(store_usage) struct store_usage usage = STORE_USAGE_INIT;
	_cleanup_(map) struct map gone = MAP_INIT;
	struct prune_request r = {.usage = &usage, .filter = filter, .all = a->all, .gone = &gone};
	unsigned parts = (job->containers ? 1u << STORE_PART_CONTAINERS : 0) |
			 (job->images ? 1u << STORE_PART_IMAGES : 0) |
			 (job->volumes ? 1u << STORE_PART_VOLUMES : 0);

	if (container_reconcile(s, err) || store_usage_measure(s, parts, &usage, err) ||
	    (job->containers && container_prune_plan(s, &r, plan, &gone, err)) ||
	    (job->images && store_prune_images(s, &r, plan, err)))
		return -1;
	r.all = job->all_volumes;
	return job->volumes ? store_prune_volumes(s, &r, plan, err) : 0;
}

/* What was removed is told even when something could not be. */
static int apply(struct store *s, struct prune_plan *plan, struct err *err)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err other = ERR_INIT;
	int r = container_prune_apply(s, plan, err);

	if (store_prune_apply(s, plan, r ? &other : err)) {
		if (r)
			log_err(&other);
		r = -1;
	}
	print_done(plan, &out);
	if (cmd_print(&out, r ? &other : err))
		r = -1;
	return r;
}

int cmd_prune(struct cmd_context *ctx, const struct prune_job *job, const struct prune_args *a,
	      struct err *err)
{
	_cleanup_(prune_filter) struct prune_filter filter = PRUNE_FILTER_INIT;
	_cleanup_(prune_plan) struct prune_plan plan = PRUNE_PLAN_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct store *s;

	if (prune_filter_parse(a->filter, job->filters, time(NULL), &filter, err))
		return EXIT_ONGGI;
	if (cmd_store(ctx, &s, err))
		return 1;
	if (!a->force && !a->dry_run) {
		int go = ask(job, a, err);

		/* A person who says no gets what was asked for, as from docker. */
		if (go <= 0)
			return go < 0;
	}
	if (make_plan(s, job, a, &filter, &plan, err))
		return 1;
	if (!a->dry_run)
		return apply(s, &plan, err) ? 1 : 0;
	print_plan(&plan, &out);
	return cmd_print(&out, err) ? 1 : 0;
}
