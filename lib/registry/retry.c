/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <sys/random.h>

#include "base/parse.h"
#include "registry/private.h"

#define SECOND ((int64_t)1000000000)

int64_t retry_pause(int64_t first, unsigned n, uint32_t random)
{
	int64_t pause = first;

	while (n-- && pause < RETRY_DELAY_MAX)
		pause *= 2;
	if (pause > RETRY_DELAY_MAX)
		pause = RETRY_DELAY_MAX;
	/* Many clients that were thrown out at once shall not come back at once. */
	return pause - pause / 2 * (int64_t)(random % 1024) / 1024;
}

void retry_progress(struct registry_retry *t, uint64_t bytes)
{
	if (bytes)
		t->idle = 0;
	t->good = bytes >= RETRY_GOOD_BYTES;
	if (t->good)
		t->pauses = 0;
}

struct registry_verdict registry_judge(struct registry *r, enum http_fault fault)
{
	struct registry_verdict v = {.retry_after = -1};

	switch (fault) {
	case HTTP_FAULT_UNREACHABLE:
	case HTTP_FAULT_TLS:
		/* A wrong name is told at once; a registry that was there comes back. */
		v.passing = atomic_load(&r->answered);
		break;
	case HTTP_FAULT_TIMEOUT:
	case HTTP_FAULT_NOT_HTTP:
	case HTTP_FAULT_CUT:
		v.passing = true;
		break;
	default:
		break;
	}
	return v;
}

int registry_again(struct registry *r, struct registry_retry *t, const struct registry_verdict *v,
		   struct err *err)
{
	uint32_t random = 0;
	int64_t pause;
	char text[ERR_TEXT_MAX + 64];

	if (!v->passing || t->idle >= r->retries || v->retry_after > RETRY_AFTER_MAX)
		return -1;
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		random = 0;
	pause = t->good ? 0 : retry_pause(r->retry_delay, t->pauses++, random);
	if (v->retry_after >= 0)
		pause = v->retry_after * SECOND;
	t->good = false;
	t->idle++;
	if (r->note) {
		(void)snprintf(text, sizeof(text), "%s; trying again in %.1f s",
			       err ? err->text : "failed", (double)pause / (double)SECOND);
		r->note(r->note_arg, text);
	}
	err_clear(err);
	return http_pause(r->client, pause, err);
}
