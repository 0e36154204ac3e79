/* SPDX-License-Identifier: Apache-2.0 */
/* One container as a row: docker's fields first, podman's behind them. */
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/strv.h"
#include "container/inspect.h"
#include "container/list_private.h"

#define COMMAND_WIDTH 20
#define MOUNT_WIDTH   15
#define TIME_TEXT_MAX 64

static int64_t seconds_since(const char *time_text, time_t now)
{
	struct timespec t;

	if (!time_text || parse_time(time_text, &t, NULL))
		return 0;
	return now - t.tv_sec;
}

static const char *age(struct arena *a, const char *time_text, time_t now)
{
	char text[FORMAT_MAX];

	return arena_printf(a, "%s ago", format_age(seconds_since(time_text, now), text));
}

/* As docker prints times: of the caller's time zone. "" where there is none. */
static const char *local_time(struct arena *a, const char *time_text)
{
	char text[TIME_TEXT_MAX];
	struct timespec t;
	struct tm tm;

	if (!time_text || parse_time(time_text, &t, NULL) || !localtime_r(&t.tv_sec, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z %Z", &tm))
		return "";
	return arena_strdup(a, text);
}

static const char *status_text(const struct list_item *i, struct arena *a)
{
	const struct container_state *st = &i->state;
	char text[FORMAT_MAX];

	switch (st->status) {
	case CONTAINER_RUNNING:
		return arena_printf(a, "Up %s",
				    format_age(seconds_since(st->started_at, i->context->now),
					       text));
	case CONTAINER_EXITED:
		return arena_printf(a, "Exited (%d) %s", st->exit_code,
				    age(a, st->finished_at, i->context->now));
	case CONTAINER_REMOVING:
		return "Removal In Progress";
	case CONTAINER_CREATED:
		break;
	}
	return "Created";
}

/* At most width columns' worth of characters, the last of them an ellipsis; UTF-8 stays whole. */
static const char *shorten(struct arena *a, const char *s, size_t width)
{
	size_t cut = width - 1;

	if (strlen(s) <= width)
		return s;
	while (cut > 0 && ((unsigned char)s[cut] & 0xc0) == 0x80)
		cut--;
	return arena_printf(a, "%.*s…", (int)cut, s);
}

static const char *command_text(const struct container_record *r, bool no_trunc, struct arena *a)
{
	_cleanup_free_ char *line = strv_join(r->args, " ");

	return arena_printf(a, "\"%s\"", no_trunc ? line : shorten(a, line, COMMAND_WIDTH));
}

static const char *labels_text(const struct container_record *r, struct arena *a)
{
	_cleanup_(buf) struct buf out = BUF_INIT;

	for (size_t i = 0; i < r->n_labels; i++)
		buf_addf(&out, "%s%s=%s", i ? "," : "", r->labels[i].key,
			 r->labels[i].value ? r->labels[i].value : "");
	return arena_strdup(a, buf_str(&out));
}

/* Volumes by name, anything else by its source; a tmpfs has none. */
static const char *mounts_text(const struct container_record *r, bool no_trunc,
			       int64_t *ret_volumes, struct arena *a)
{
	_cleanup_(buf) struct buf out = BUF_INIT;

	for (size_t i = 0; i < r->n_mounts; i++) {
		const struct record_mount *m = &r->mounts[i];
		const char *what = str_empty(m->name) ? m->source : m->name;

		*ret_volumes += str_eq(m->type, "volume");
		if (str_empty(what))
			continue;
		buf_addf(&out, "%s%s", out.len ? "," : "",
			 no_trunc ? what : shorten(a, what, MOUNT_WIDTH));
	}
	return arena_strdup(a, buf_str(&out));
}

static const char *size_text(const struct list_item *i, bool measured, struct arena *a)
{
	char changes[FORMAT_MAX], whole[FORMAT_MAX];

	format_size(i->size_changes, changes);
	if (!measured)
		return arena_strdup(a, changes);
	return arena_printf(a, "%s (virtual %s)", changes,
			    format_size(i->size_changes + i->size_image, whole));
}

/* What {{.Label "KEY"}} looks into, in the rows' arena. */
struct row_labels {
	struct json_pair *pairs;
	size_t n;
};

static const struct row_labels *copy_labels(const struct container_record *r, struct arena *a)
{
	struct row_labels *l = arena_alloc(a, sizeof(*l));

	l->pairs = arena_calloc(a, r->n_labels + 1, sizeof(*l->pairs));
	l->n = r->n_labels;
	for (size_t i = 0; i < l->n; i++) {
		l->pairs[i].key = arena_strdup(a, r->labels[i].key);
		l->pairs[i].value = arena_strdup(a, r->labels[i].value);
	}
	return l;
}

static int label(const struct value *self, const struct value *const *args, size_t n,
		 struct arena *a, const struct value **ret, struct err *err)
{
	const struct row_labels *l = self->members.self;
	const char *value = "";

	(void)n;
	if (args[0]->kind != VALUE_STRING)
		return err_set(err, ERR_INVALID, "the name of a label is a string");
	for (size_t i = 0; l && i < l->n; i++)
		if (str_eq(l->pairs[i].key, args[0]->string.text))
			value = l->pairs[i].value;
	*ret = value_string(a, value);
	return 0;
}

static const struct value_method methods[] = {{"Label", 1, 1, label}, {0}};

static const char *short_id(struct arena *a, const char *id, bool no_trunc)
{
	const char *hex = id ? id : "";

	if (!no_trunc)
		str_prefix(hex, "sha256:", &hex);
	return no_trunc ? hex : arena_printf(a, "%.*s", ID_SHORT_LEN, hex);
}

static void put_podman(struct value *v, const struct list_item *i, bool no_trunc, struct arena *a)
{
	const struct container_record *r = &i->record;
	const struct container_state *st = &i->state;
	bool running = st->status == CONTAINER_RUNNING;
	bool exited = st->status == CONTAINER_EXITED;

	value_put_bool(a, v, "AutoRemove", r->auto_remove);
	value_put_string(a, v, "CIDFile", r->cidfile);
	value_put_string(a, v, "Created", age(a, r->created, i->context->now));
	value_put_string(a, v, "CreatedHuman", age(a, r->created, i->context->now));
	value_put_int(a, v, "ExitCode", st->exit_code);
	value_put_bool(a, v, "Exited", exited);
	value_put_string(a, v, "ExitedAt", local_time(a, st->finished_at));
	value_put_string(a, v, "ImageID", short_id(a, r->image_id, no_trunc));
	value_put_int(a, v, "Pid", running ? st->pid : 0);
	value_put_int(a, v, "Restarts", 0);
	value_put_string(a, v, "StartedAt", local_time(a, st->started_at));
}

struct value *list_row(const struct list_item *i, const struct container_list_request *req,
		       struct arena *a)
{
	const struct container_record *r = &i->record;
	struct value *v = value_struct(a);
	int64_t volumes = 0;
	const char *mounts = mounts_text(r, req->no_trunc, &volumes, a);

	v->members.methods = methods;
	v->members.self = copy_labels(r, a);
	value_put_string(a, v, "Command", command_text(r, req->no_trunc, a));
	value_put_string(a, v, "CreatedAt", local_time(a, r->created));
	value_put_string(a, v, "ID", short_id(a, r->id, req->no_trunc));
	value_put_string(a, v, "Image", r->image);
	value_put_string(a, v, "Labels", labels_text(r, a));
	value_put_string(a, v, "LocalVolumes", arena_printf(a, "%d", (int)volumes));
	value_put_string(a, v, "Mounts", mounts);
	value_put_string(a, v, "Names", r->name);
	value_put_string(a, v, "Networks", r->network);
	value_put_string(a, v, "Ports", "");
	value_put_string(a, v, "RunningFor", age(a, r->created, i->context->now));
	value_put_string(a, v, "Size", size_text(i, req->size, a));
	value_put_string(a, v, "State", container_status_word(i->state.status));
	value_put_string(a, v, "Status", status_text(i, a));
	put_podman(v, i, req->no_trunc, a);
	return v;
}
