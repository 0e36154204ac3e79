/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation of the bars: the block (progress_draw()) stands at the end of the output with
 * the cursor below it. To draw anew, one write(2) moves the cursor to the block's first line,
 * writes each line followed by "clear to the end of the line", and clears what is below: nothing is
 * ever blank in between, so nothing flickers. Lines never reach the last column, so a terminal does
 * not wrap them; when it has become narrower since, it has wrapped what was there, and the rows
 * that this took are counted. Ended parts and notes are written once, above the block.
 *
 * There is no thread of ours: events draw, steps at most every tenth of a second. The work may be
 * done by a child of ours, which then has the only view that knows: so the block goes with the last
 * part.
 */
#include "cli/progress_view.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/strv.h"
#include "cli/progress_draw.h"
#include "cli/term.h"
#include "cli/value.h"

#define REDRAW_NS    UINT64_C(100000000)
#define HEIGHT_MAX   12
#define PARTS_MAX    ((size_t)20000) /* more are counted, but not known by name */
#define NOTE_COLUMNS 1024
#define CLEAR_TO_EOL "\033[K"
#define CLEAR_TO_END "\033[J"

const char *const progress_modes[] = {"auto", "tty", "plain", "json", "quiet", NULL};

struct progress_view {
	struct progress events; /* first: report() gets its address */
	enum progress_mode mode;
	int fd;
	pthread_mutex_t lock;
	struct progress_parts parts;
	uint64_t drawn_at;
	char *drawn; /* the block that stands on the terminal; NULL: none */
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Best effort: a terminal that went away must not fail the work. */
static void put(const struct progress_view *v, const struct buf *text)
{
	const char *p = buf_str(text);
	size_t left = text->len;

	while (left) {
		ssize_t n = write(v->fd, p, left);

		if (n <= 0)
			return;
		p += n;
		left -= (size_t)n;
	}
}

static unsigned height_of(int fd)
{
	struct winsize size = {0};

	if (ioctl(fd, TIOCGWINSZ, &size) || size.ws_row < 2)
		return HEIGHT_MAX;
	return size.ws_row - 1u < HEIGHT_MAX ? size.ws_row - 1u : HEIGHT_MAX;
}

/* Rows that the block takes on a terminal of this width. */
static unsigned rows_of(const char *block, unsigned width)
{
	unsigned rows = 0;

	while (block && *block) {
		const char *end = strchrnul(block, '\n');
		_cleanup_free_ char *line = xstrndup(block, (size_t)(end - block));
		unsigned columns = term_text_width(line);

		rows += columns ? (columns + width - 1) / width : 1;
		block = *end ? end + 1 : end;
	}
	return rows;
}

/* Write `above`, lines that stay, and below it the block as it is now (not at the end). */
static void redraw(struct progress_view *v, const char *above, bool block, uint64_t now)
{
	_cleanup_(buf) struct buf out = BUF_INIT, text = BUF_INIT;
	unsigned width = term_width(v->fd), rows = rows_of(v->drawn, width);

	if (rows)
		buf_addf(&out, "\r\033[%uA", rows);
	buf_adds(&text, above);
	if (block)
		progress_draw(&v->parts, now, width, height_of(v->fd), &text);
	for (const char *p = buf_str(&text); *p;) {
		const char *end = strchrnul(p, '\n');

		buf_add(&out, p, (size_t)(end - p));
		buf_adds(&out, CLEAR_TO_EOL "\n");
		p = *end ? end + 1 : end;
	}
	buf_adds(&out, CLEAR_TO_END);
	put(v, &out);
	free(v->drawn);
	v->drawn = block ? xstrdup(buf_str(&text) + (above ? strlen(above) : 0)) : NULL;
	v->drawn_at = now;
}

static struct progress_part *part_of(struct progress_view *v, const char *name, uint64_t now)
{
	struct progress_parts *p = &v->parts;

	for (size_t i = p->n; i-- > 0;)
		if (str_eq(p->v[i].name, name))
			return &p->v[i];
	if (p->n >= PARTS_MAX)
		return &p->v[p->n - 1];
	if (!(p->n & (p->n - 1)))
		p->v = xreallocarray(p->v, p->n ? p->n * 2 : 1, sizeof(*p->v));
	if (!p->n)
		p->started = now;
	p->v[p->n] = (struct progress_part){.name = xstrdup(name ? name : ""), .started = now};
	return &p->v[p->n++];
}

static void take(struct progress_part *part, const struct progress_event *e, uint64_t now)
{
	static const enum progress_phase phases[] = {
		[PROGRESS_WAIT] = PROGRESS_WAITS, [PROGRESS_START] = PROGRESS_RUNS,
		[PROGRESS_STEP] = PROGRESS_RUNS,  [PROGRESS_END] = PROGRESS_DONE,
		[PROGRESS_HAVE] = PROGRESS_THERE,
	};

	part->phase = phases[e->kind];
	if (e->total)
		part->total = e->total;
	if (e->kind == PROGRESS_START)
		part->started = now;
	else if (e->kind != PROGRESS_WAIT)
		part->done = e->done;
}

static bool goes_on(const struct progress_parts *p)
{
	for (size_t i = p->n; i-- > 0;)
		if (p->v[i].phase == PROGRESS_RUNS || p->v[i].phase == PROGRESS_WAITS)
			return true;
	return false;
}

/* The lines that stay: what ended, and what was noted. */
static void lasting_text(const struct progress_part *part, const struct progress_event *e,
			 uint64_t now, struct buf *out)
{
	if (e->kind == PROGRESS_NOTE) {
		progress_draw_text(e->name, NOTE_COLUMNS, out);
		buf_addc(out, '\n');
	} else if (e->kind == PROGRESS_END || e->kind == PROGRESS_HAVE) {
		progress_draw_end(part, now, out);
	}
}

static void json_text(const struct progress_event *e, struct buf *out)
{
	static const char *const words[] = {
		[PROGRESS_WAIT] = "wait", [PROGRESS_START] = "start", [PROGRESS_STEP] = "step",
		[PROGRESS_END] = "end",	  [PROGRESS_HAVE] = "have",   [PROGRESS_NOTE] = "note",
	};
	struct arena a = ARENA_INIT;
	struct value *v = value_struct(&a);

	value_put_string(&a, v, "event", words[e->kind]);
	value_put_string(&a, v, e->kind == PROGRESS_NOTE ? "text" : "name", e->name);
	if (e->kind != PROGRESS_NOTE) {
		value_put_int(&a, v, "done", (int64_t)e->done);
		value_put_int(&a, v, "total", (int64_t)e->total);
	}
	value_json(v, 0, out);
	buf_addc(out, '\n');
	arena_done(&a);
}

static void report_locked(struct progress_view *v, const struct progress_event *e)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct progress_part *part = NULL;
	uint64_t now = now_ns();
	bool due = e->kind != PROGRESS_STEP || now - v->drawn_at >= REDRAW_NS;

	if (e->kind != PROGRESS_NOTE) {
		part = part_of(v, e->name, now);
		take(part, e, now);
	}
	if (v->mode == PROGRESS_JSON) {
		if (due) {
			json_text(e, &text);
			v->drawn_at = now;
		}
		put(v, &text);
		return;
	}
	lasting_text(part, e, now, &text);
	if (v->mode == PROGRESS_PLAIN)
		put(v, &text);
	else if (text.len || due)
		redraw(v, buf_str(&text), goes_on(&v->parts), now);
}

static void report(struct progress *p, const struct progress_event *e)
{
	struct progress_view *v = (struct progress_view *)p;
	struct progress_event note = {.kind = PROGRESS_NOTE, .name = e->name};

	pthread_mutex_lock(&v->lock);
	report_locked(v, e->kind == PROGRESS_WARN ? &note : e);
	pthread_mutex_unlock(&v->lock);
}

/* What was left out or done otherwise is no progress: it is told all the same. */
static void report_warnings(struct progress *p, const struct progress_event *e)
{
	(void)p;
	if (e->kind == PROGRESS_WARN)
		log_warn("%s", e->name);
}

enum progress_mode progress_mode_of(const char *word, bool quiet)
{
	if (quiet)
		return PROGRESS_QUIET;
	for (unsigned i = 0; word && progress_modes[i]; i++)
		if (str_eq(word, progress_modes[i]))
			return (enum progress_mode)i;
	return PROGRESS_AUTO;
}

struct progress_view *progress_view_new(enum progress_mode mode, int fd, const char *verb)
{
	struct progress_view *v = xalloc(sizeof(*v));
	const char *term = getenv("TERM");

	if (mode == PROGRESS_AUTO)
		mode = isatty(fd) && term && *term && !str_eq(term, "dumb") ? PROGRESS_TTY
									    : PROGRESS_PLAIN;
	v->mode = mode;
	v->fd = fd;
	v->parts.verb = verb;
	v->events.report = mode == PROGRESS_QUIET ? report_warnings : report;
	pthread_mutex_init(&v->lock, NULL);
	return v;
}

struct progress *progress_view_events(struct progress_view *v)
{
	return &v->events;
}

void progress_view_free(struct progress_view *v)
{
	if (!v)
		return;
	if (v->drawn)
		redraw(v, NULL, false, now_ns());
	for (size_t i = 0; i < v->parts.n; i++)
		free(v->parts.v[i].name);
	free(v->parts.v);
	free(v->drawn);
	pthread_mutex_destroy(&v->lock);
	free(v);
}
