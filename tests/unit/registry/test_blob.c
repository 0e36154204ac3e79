/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs whose connections are cut, whose answers are wrong, late or too long. */
#include <check.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "server.h"
#include "suites.h"

#define SIZE ((size_t)300000)

/* How a server misbehaves; each test sets what it needs. */
struct script {
	struct sample sample;
	const size_t *cuts; /* offsets at which the connection ends, rising; 0 ends the list */
	bool reset;	    /* by a reset, not by an end */
	bool no_ranges;	    /* 200 for everything */
	bool chunked;	    /* no Content-Length */
	long extra;	    /* so many bytes more (or less) than there are, with the length right */
	long range_shift;   /* Content-Range and bytes begin elsewhere */
	long claims;	    /* added to the length in Content-Range */
	bool no_content_range;
	bool refuses_ranges; /* 416 */
	unsigned bad;	     /* so many first answers are `bad_status` */
	const char *bad_status;
	const char *bad_headers;
	size_t part;	  /* at most so many bytes of a range at once */
	bool stall;	  /* at a cut: say nothing instead of ending it */
	bool never_moves; /* ends after the head, always */
};

static size_t next_cut(const struct script *s, uint64_t from)
{
	for (const size_t *c = s->cuts; c && *c; c++)
		if (*c > from)
			return *c;
	return SIZE_MAX;
}

/* Bytes, as a chunk where the answer is chunked. */
static bool send_piece(struct turn *t, const struct script *s, const char *data, size_t n)
{
	if (!s->chunked)
		return turn_send(t, data, n);
	return turn_sendf(t, "%zx\r\n", n) && turn_send(t, data, n) && turn_sendf(t, "\r\n");
}

static bool send_body(struct turn *t, const struct script *s, uint64_t from, size_t end)
{
	size_t cut = next_cut(s, from), stop = cut < end ? cut : end;
	static const char zero[64];

	if (s->never_moves || !send_piece(t, s, s->sample.data + from, stop - (size_t)from))
		return false;
	if (stop < end)
		return s->stall ? turn_stall(t) : s->reset ? turn_reset(t) : false;
	if (s->extra > 0 && !send_piece(t, s, zero, (size_t)s->extra))
		return false;
	return s->chunked ? turn_sendf(t, "0\r\n\r\n") : s->extra >= 0;
}

static bool answer_part(struct turn *t, const struct script *s, uint64_t from, size_t end)
{
	if (s->part && end - from > s->part)
		end = (size_t)from + s->part;
	if (!turn_sendf(t, "HTTP/1.1 206 Partial Content\r\n"))
		return false;
	if (!s->no_content_range &&
	    !turn_sendf(t, "Content-Range: bytes %" PRIu64 "-%zu/%zu\r\n", from, end - 1,
			(size_t)((long)s->sample.size + s->claims)))
		return false;
	if (s->chunked ? !turn_sendf(t, "Transfer-Encoding: chunked\r\n\r\n")
		       : !turn_sendf(t, "Content-Length: %zu\r\n\r\n", end - (size_t)from))
		return false;
	return send_body(t, s, from, end);
}

static bool answer(struct turn *t, void *arg)
{
	const struct script *s = arg;
	size_t size = s->sample.size;

	if (t->nth < s->bad)
		return turn_reply(t, s->bad_status, s->bad_headers ? s->bad_headers : "", "no");
	if (t->ranged && s->refuses_ranges)
		return turn_sendf(t,
				  "HTTP/1.1 416 Range Not Satisfiable\r\n"
				  "Content-Range: bytes */%zu\r\nContent-Length: 0\r\n\r\n",
				  (size_t)((long)size + s->claims));
	if (t->ranged && !s->no_ranges)
		return answer_part(t, s, (uint64_t)((int64_t)t->from + s->range_shift), size);
	if (s->chunked)
		return turn_sendf(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") &&
		       send_body(t, s, 0, size);
	return turn_sendf(t, "HTTP/1.1 200 OK\r\nContent-Length: %ld\r\n\r\n",
			  (long)size + s->extra) &&
	       send_body(t, s, 0, size);
}

static struct server *server;
static struct registry *registry;

static void begin(struct script *s, const struct registry_options *o)
{
	sample_init(&s->sample, SIZE);
	server = server_start(answer, s);
	/* Long enough for a machine under load to answer in time where it is to. */
	registry = open_registry_stalling(server, o, s->stall ? 2000000000 : PATIENCE);
}

static void finish(struct script *s)
{
	registry_free(registry);
	server_stop(server);
	sample_done(&s->sample);
}

static const size_t some_cuts[] = {1, 2, 4095, 4096, 70000, 70001, 250000, 299999, 0};

/* Read all of it; returns how many requests that took. */
static unsigned expect_whole(struct script *s)
{
	struct err err = ERR_INIT;
	unsigned n;

	begin(s, NULL);
	ck_assert_msg(sample_read(registry, &s->sample, 10000, &err) == 0, "%s", err.text);
	ck_assert_int_eq(err.kind, ERR_NONE);
	n = server_count(server);
	finish(s);
	return n;
}

static void expect_failure(struct script *s, enum err_kind kind, const char *text)
{
	struct err err = ERR_INIT;

	begin(s, NULL);
	ck_assert_int_eq(sample_read(registry, &s->sample, 10000, &err), -1);
	ck_assert_msg(strstr(err.text, text), "'%s' lacks '%s'", err.text, text);
	ck_assert_int_eq(err.kind, kind);
	finish(s);
}

START_TEST(whole)
{
	struct script s = {.reset = false}, chunked = {.chunked = true};

	ck_assert_uint_eq(expect_whole(&s), 1);
	ck_assert_uint_eq(expect_whole(&chunked), 1);
}
END_TEST

/* More cuts than there are retries: each attempt makes progress. */
START_TEST(goes_on_after_cuts)
{
	struct script ended = {.cuts = some_cuts}, reset = {.cuts = some_cuts, .reset = true};
	struct script chunked = {.cuts = some_cuts, .chunked = true};

	ck_assert_uint_eq(expect_whole(&ended), 9);
	/* A reset may overtake what was sent before it. */
	ck_assert_uint_ge(expect_whole(&reset), 9);
	ck_assert_uint_eq(expect_whole(&chunked), 9);
}
END_TEST

START_TEST(goes_on_without_ranges)
{
	struct script s = {.cuts = some_cuts, .no_ranges = true};

	/* Each answer begins at 0 and is cut at the same first offset: no progress is possible. */
	expect_failure(&s, ERR_NETWORK, "at 1 of 300000 bytes");
}
END_TEST

/* 200 instead of 206: what we have is skipped. */
static bool answer_then_whole(struct turn *t, void *arg)
{
	const struct script *s = arg;

	if (!turn_sendf(t, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", s->sample.size))
		return false;
	if (t->nth == 0) {
		(void)turn_send(t, s->sample.data, 123456);
		return false;
	}
	return turn_send(t, s->sample.data, s->sample.size);
}

START_TEST(skips_what_comes_again)
{
	struct script s = {.reset = false};
	struct err err = ERR_INIT;

	sample_init(&s.sample, SIZE);
	server = server_start(answer_then_whole, &s);
	registry = open_registry(server, NULL);
	ck_assert_msg(sample_read(registry, &s.sample, 7000, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(server_count(server), 2);
	ck_assert(server_saw(server, "\r\nRange: bytes=123456-\r\n"));
	finish(&s);
}
END_TEST

START_TEST(takes_parts_of_ranges)
{
	static const size_t first[] = {1000, 0};
	struct script s = {.cuts = first, .part = 100000};

	ck_assert_uint_eq(expect_whole(&s), 4);
}
END_TEST

/* A wrong range is not believed, and not asked for again: the whole is. */
START_TEST(doubts_wrong_ranges)
{
	static const size_t once[] = {200000, 0};
	struct script shifted = {.cuts = once, .range_shift = -1};
	struct script ahead = {.cuts = once, .range_shift = 1};
	struct script unnamed = {.cuts = once, .no_content_range = true};
	struct script refused = {.cuts = once, .refuses_ranges = true};

	/* The whole is cut where it was before. */
	expect_failure(&shifted, ERR_NETWORK, "at 200000 of 300000 bytes");
	expect_failure(&ahead, ERR_NETWORK, "at 200000 of 300000 bytes");
	expect_failure(&unnamed, ERR_NETWORK, "at 200000 of 300000 bytes");
	expect_failure(&refused, ERR_NETWORK, "at 200000 of 300000 bytes");
}
END_TEST

/* One that gets ranges wrong, and is cut the first time only. */
static bool answer_wrong_once(struct turn *t, void *arg)
{
	struct script *s = arg;

	if (t->nth == 1) {
		s->range_shift = -1;
		s->cuts = NULL;
	}
	return answer(t, s);
}

START_TEST(takes_the_whole_after_a_wrong_range)
{
	static const size_t once[] = {200000, 0};
	struct script s = {.cuts = once};
	struct err err = ERR_INIT;

	sample_init(&s.sample, SIZE);
	server = server_start(answer_wrong_once, &s);
	registry = open_registry(server, NULL);
	ck_assert_msg(sample_read(registry, &s.sample, 7000, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(server_count(server), 3);
	finish(&s);
}
END_TEST

START_TEST(refuses_wrong_lengths)
{
	static const size_t once[] = {200000, 0};
	struct script more = {.extra = 1}, less = {.extra = -1};
	struct script chunked = {.extra = 1, .chunked = true};
	struct script range = {.cuts = once, .claims = 5};
	struct script unsatisfied = {.cuts = once, .claims = -200000, .refuses_ranges = true};

	expect_failure(&more, ERR_CORRUPT, "has 300001 bytes on the registry: 300000");
	expect_failure(&less, ERR_CORRUPT, "has 299999 bytes on the registry: 300000");
	expect_failure(&chunked, ERR_CORRUPT, "has more bytes on the registry than the 300000");
	expect_failure(&range, ERR_CORRUPT, "has 300005 bytes on the registry: 300000");
	expect_failure(&unsatisfied, ERR_CORRUPT, "has 100000 bytes on the registry: 300000");
}
END_TEST

START_TEST(gives_up_without_progress)
{
	struct script s = {.never_moves = true};
	struct err err = ERR_INIT;

	begin(&s, NULL);
	ck_assert_int_eq(sample_read(registry, &s.sample, 10000, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NETWORK);
	ck_assert_uint_eq(server_count(server), 4); /* 3 repetitions */
	finish(&s);
}
END_TEST

START_TEST(waits_for_bad_times_to_pass)
{
	struct script unavailable = {.bad = 3, .bad_status = "503 Service Unavailable"};
	struct script busy = {.bad = 1,
			      .bad_status = "429 Too Many Requests",
			      .bad_headers = "Retry-After: 0\r\n"};
	struct script long_wait = {.bad = 1,
				   .bad_status = "429 Too Many Requests",
				   .bad_headers = "Retry-After: 3600\r\n"};
	struct script too_often = {.bad = 4, .bad_status = "502 Bad Gateway"};
	struct script gone = {.bad = 1, .bad_status = "404 Not Found"};
	struct script wrong = {.bad = 1, .bad_status = "400 Bad Request"};

	ck_assert_uint_eq(expect_whole(&unavailable), 4);
	ck_assert_uint_eq(expect_whole(&busy), 2);
	expect_failure(&long_wait, ERR_NETWORK, "wants 3600 s of rest");
	expect_failure(&too_often, ERR_NETWORK, "answers 502 bad gateway");
	expect_failure(&gone, ERR_NOT_FOUND, "no such blob in '127.0.0.1:");
	expect_failure(&wrong, ERR_NETWORK, "answers 400 bad request");
}
END_TEST

START_TEST(goes_on_after_a_stall)
{
	static const size_t once[] = {100000, 0};
	struct script s = {.cuts = once, .stall = true};

	/* What comes late may be asked for again. */
	ck_assert_uint_ge(expect_whole(&s), 2);
}
END_TEST

/* ---- cancelling ---- */

static atomic_bool cancel;

static bool answer_and_cancel(struct turn *t, void *arg)
{
	const struct script *s = arg;

	(void)turn_sendf(t, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", s->sample.size);
	(void)turn_send(t, s->sample.data, 1000);
	atomic_store(&cancel, true);
	return turn_stall(t);
}

START_TEST(ends_when_cancelled)
{
	struct registry_options o = quick_options();
	struct script s = {.reset = false};
	struct err err = ERR_INIT;

	o.cancel = &cancel;
	sample_init(&s.sample, SIZE);
	server = server_start(answer_and_cancel, &s);
	registry = open_registry(server, &o);
	ck_assert_int_eq(sample_read(registry, &s.sample, 10000, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CANCELLED);
	ck_assert_uint_eq(server_count(server), 1);
	finish(&s);
}
END_TEST

static void cancel_by_note(void *arg, const char *text)
{
	(void)arg;
	ck_assert_msg(strstr(text, "503"), "%s", text);
	atomic_store(&cancel, true);
}

/* In the middle of a pause of a minute. */
START_TEST(ends_a_pause_when_cancelled)
{
	struct registry_options o = {.retries = 1,
				     .retry_delay = 60000000000,
				     .cancel = &cancel,
				     .note = cancel_by_note};
	struct script s = {.bad = 1, .bad_status = "503 Service Unavailable"};
	struct err err = ERR_INIT;

	begin(&s, &o);
	ck_assert_int_eq(sample_read(registry, &s.sample, 10000, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CANCELLED);
	finish(&s);
}
END_TEST

/* ---- several at once ---- */

static void *read_one(void *arg)
{
	struct script *s = arg;
	struct err err = ERR_INIT;

	ck_assert_msg(sample_read(registry, &s->sample, 3000, &err) == 0, "%s", err.text);
	return NULL;
}

START_TEST(several_at_once)
{
	struct script s = {.cuts = some_cuts};
	pthread_t threads[6];

	begin(&s, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_one, &s), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		(void)pthread_join(threads[i], NULL);
	ck_assert_uint_eq(server_count(server), 9 * ARRAY_SIZE(threads));
	finish(&s);
}
END_TEST

/* A reader that comes byte by byte, and one that leaves early. */
START_TEST(slow_readers)
{
	struct script s = {.reset = false};
	struct err err = ERR_INIT;
	struct source *source;
	char byte;

	begin(&s, NULL);
	ck_assert_int_eq(sample_read(registry, &s.sample, 7, &err), 0);
	ck_assert_int_eq(registry_blob_open(registry, &s.sample.digest, SIZE, &source, &err), 0);
	ck_assert_int_eq(source_read(source, &byte, 1, &err), 1);
	source_free(source);
	finish(&s);
}
END_TEST

START_TEST(empty_blob)
{
	struct script s = {.reset = false};
	struct err err = ERR_INIT;
	struct source *source;
	char byte;

	begin(&s, NULL);
	ck_assert_int_eq(registry_blob_open(registry, &s.sample.digest, 0, &source, &err), 0);
	ck_assert_int_eq(source_read(source, &byte, 1, &err), 0);
	source_free(source);
	finish(&s);
}
END_TEST

Suite *suite_blob(void)
{
	Suite *s = suite_create("blob");
	TCase *t = tcase_create("blob");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, whole);
	tcase_add_test(t, goes_on_after_cuts);
	tcase_add_test(t, goes_on_without_ranges);
	tcase_add_test(t, skips_what_comes_again);
	tcase_add_test(t, takes_parts_of_ranges);
	tcase_add_test(t, doubts_wrong_ranges);
	tcase_add_test(t, takes_the_whole_after_a_wrong_range);
	tcase_add_test(t, refuses_wrong_lengths);
	tcase_add_test(t, gives_up_without_progress);
	tcase_add_test(t, waits_for_bad_times_to_pass);
	tcase_add_test(t, goes_on_after_a_stall);
	tcase_add_test(t, ends_when_cancelled);
	tcase_add_test(t, ends_a_pause_when_cancelled);
	tcase_add_test(t, several_at_once);
	tcase_add_test(t, slow_readers);
	tcase_add_test(t, empty_blob);
	suite_add_tcase(s, t);
	return s;
}
