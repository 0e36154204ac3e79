/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/parse.h"
#include "base/strv.h"
#include "cli/table.h"
#include "cmd.h"
#include "container/remove.h"
#include "store/containers.h"

#define COMMAND_WIDTH 20

struct ps_args {
	bool all, quiet, no_trunc, latest;
	int64_t last;
};

static const struct opt rows[] = {
	OPT_FLAG("all", 'a', struct ps_args, all, "ended containers, too"),
	{.kind = OPT_KIND_INT,
	 .name = "last",
	 .shorthand = 'n',
	 .offset = offsetof(struct ps_args, last),
	 .value = "N",
	 .min = 1,
	 .max = 1000000,
	 .help = "only the N newest, ended ones included"},
	OPT_FLAG("latest", 'l', struct ps_args, latest, "only the newest, ended ones included"),
	OPT_FLAG("no-trunc", 0, struct ps_args, no_trunc, "nothing shortened"),
	OPT_FLAG("quiet", 'q', struct ps_args, quiet, "only ids"),
	OPT_END,
};

struct row {
	struct container_record record;
	struct container_state state;
};

static int64_t seconds_since(const char *time_text, time_t now)
{
	struct timespec t;

	if (!time_text || parse_time(time_text, &t, NULL))
		return 0;
	return now - t.tv_sec;
}

static void status_text(const struct container_state *st, time_t now, struct buf *out)
{
	char age[FORMAT_MAX];

	switch (st->status) {
	case CONTAINER_RUNNING:
		buf_addf(out, "Up %s", format_age(seconds_since(st->started_at, now), age));
		break;
	case CONTAINER_EXITED:
		buf_addf(out, "Exited (%d) %s ago", st->exit_code,
			 format_age(seconds_since(st->finished_at, now), age));
		break;
	case CONTAINER_REMOVING:
		buf_adds(out, "Removal In Progress");
		break;
	case CONTAINER_CREATED:
		buf_adds(out, "Created");
		break;
	}
}

static void command_text(const struct container_record *r, bool no_trunc, struct buf *out)
{
	_cleanup_free_ char *line = strv_join(r->args, " ");

	if (no_trunc || strlen(line) <= COMMAND_WIDTH)
		buf_addf(out, "\"%s\"", line);
	else
		buf_addf(out, "\"%.*s…\"", COMMAND_WIDTH - 1, line);
}

static void add_row(struct table *t, const struct row *row, const struct ps_args *a, time_t now)
{
	_cleanup_(buf) struct buf command = BUF_INIT, created = BUF_INIT, status = BUF_INIT;
	const struct container_record *r = &row->record;
	char id[ID_LEN + 1], age[FORMAT_MAX];

	str_copy(id, a->no_trunc ? ID_LEN + 1 : ID_SHORT_LEN + 1, r->id);
	command_text(r, a->no_trunc, &command);
	buf_addf(&created, "%s ago", format_age(seconds_since(r->created, now), age));
	status_text(&row->state, now, &status);
	table_add(t, id);
	table_add(t, r->image);
	table_add(t, buf_str(&command));
	table_add(t, buf_str(&created));
	table_add(t, buf_str(&status));
	table_add(t, "");
	table_add(t, r->name);
}

static int newest_first(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return strcmp(y->record.created ? y->record.created : "",
		      x->record.created ? x->record.created : "");
}

/* Read all containers; one that another command removes meanwhile is left out. */
static int read_rows(struct store *s, struct row **ret, size_t *ret_n, struct err *err)
{
	_cleanup_strv_ char **ids = NULL;
	size_t n = 0;

	if (store_container_list(s, &ids, err))
		return -1;
	*ret = xcalloc(strv_len(ids) + 1, sizeof(**ret));
	strv_foreach (id, ids) {
		struct row *row = &(*ret)[n];
		struct err one = ERR_INIT;
		bool stale;

		if (!store_container_read(s, *id, &row->record, &one) &&
		    !store_container_state(s, *id, &row->state, &stale, &one))
			n++;
		else if (one.kind != ERR_NOT_FOUND)
			log_err(&one);
	}
	qsort(*ret, n, sizeof(**ret), newest_first);
	*ret_n = n;
	return 0;
}

static int print_rows(const struct row *row, size_t n, const struct ps_args *a, struct err *err)
{
	static const char *const headers[] = {"CONTAINER ID", "IMAGE", "COMMAND", "CREATED",
					      "STATUS",	      "PORTS", "NAMES"};
	_cleanup_(table) struct table t = {.columns = 0};
	_cleanup_(buf) struct buf out = BUF_INIT;
	int64_t left = a->latest ? 1 : a->last ? a->last : INT64_MAX;
	bool all = a->all || a->latest || a->last;
	time_t now = time(NULL);

	table_init(&t, headers, ARRAY_SIZE(headers));
	for (size_t i = 0; i < n && left > 0; i++) {
		if (!all && row[i].state.status != CONTAINER_RUNNING)
			continue;
		left--;
		if (a->quiet)
			buf_addf(&out, "%.*s\n", a->no_trunc ? ID_LEN : ID_SHORT_LEN,
				 row[i].record.id);
		else
			add_row(&t, &row[i], a, now);
	}
	if (!a->quiet)
		table_print(&t, &out);
	return cmd_print(&out, err);
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	struct row *list = NULL;
	struct store *s;
	size_t n = 0;
	int r;

	(void)argv;
	(void)argc;
	if (cmd_store(ctx, &s, err) || container_reconcile(s, err) || read_rows(s, &list, &n, err))
		return 1;
	r = print_rows(list, n, args, err);
	for (size_t i = 0; i < n; i++) {
		container_record_done(&list[i].record);
		container_state_done(&list[i].state);
	}
	free(list);
	return r ? 1 : 0;
}

#define PS(name_)                                                                                  \
	{                                                                                          \
		.name = (name_), .summary = "list containers", .usage = "[OPTIONS]",               \
		.description = "Lists running containers, with --all the ended ones, too.",        \
		.examples = "onggi ps\nonggi ps --all --no-trunc\n",                               \
		.args_size = sizeof(struct ps_args), .options = rows, .run = run                   \
	}

const struct command cmd_ps = PS("ps");
const struct command cmd_container_ps = PS("container ps");
const struct command cmd_container_ls = PS("container ls");
const struct command cmd_container_list = PS("container list");
