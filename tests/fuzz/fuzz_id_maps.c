/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subordinate ids: a user's ranges in /etc/subuid, made into maps, and rearranged as --userns
 * keep-id wants it. The first line is the user's name, and may be a number that keep-id keeps.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/parse.h"
#include "container/config.h"
#include "fuzz.h"
#include "os/fd.h"
#include "os/idmap_user.h"
#include "scratch.h"

#define USER 1000u

/* No id outside is mapped twice, none inside either, and all of them fit the kernel's numbers. */
static void check_map(const struct id_map *m, bool inside)
{
	FUZZ_CHECK(m->n_ranges <= IDMAP_MAX);
	for (size_t i = 0; i < m->n_ranges; i++) {
		const struct id_range *r = &m->ranges[i];

		FUZZ_CHECK(r->count && (uint64_t)r->outside + r->count <= UINT32_MAX);
		FUZZ_CHECK(!inside || (uint64_t)r->inside + r->count <= UINT32_MAX);
		for (size_t k = 0; k < i; k++) {
			const struct id_range *o = &m->ranges[k];

			FUZZ_CHECK(r->outside >= o->outside + o->count ||
				   o->outside >= r->outside + r->count);
			FUZZ_CHECK(!inside || r->inside >= o->inside + o->count ||
				   o->inside >= r->inside + r->count);
		}
	}
}

static void keep(const struct id_map *from, uint32_t id)
{
	struct id_map m = {.ranges = NULL};
	uint32_t next = 1, outside;

	id_map_add(&m, 0, USER, 1);
	for (size_t i = 0; i < from->n_ranges; i++) {
		id_map_add(&m, next, from->ranges[i].outside, from->ranges[i].count);
		next += from->ranges[i].count;
	}
	container_userns_keep(&m, id);
	FUZZ_CHECK(id_map_size(&m) == id_map_size(from) + 1);
	FUZZ_CHECK(id_map_to_outside(&m, id, &outside) && outside == USER);
	free(m.ranges);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)data, size);
	size_t first = strcspn(text, "\n");
	const char *lines = text[first] ? text + first + 1 : text + first;
	_cleanup_fd_ int fd = scratch_file(lines, size - (size_t)(lines - text));
	struct id_map m = {.ranges = NULL};
	struct err err = ERR_INIT;
	char path[32];
	uint64_t id = 1000;

	text[first] = '\0';
	(void)parse_uint(text, UINT32_MAX - 1, &id, NULL);
	FUZZ_CHECK(subid_read(fd_proc_path(fd, path), text, USER, &m, &err) == 0);
	check_map(&m, false);
	if (id_map_size(&m) < UINT32_MAX - 1)
		keep(&m, (uint32_t)id);
	free(m.ranges);
	return 0;
}
