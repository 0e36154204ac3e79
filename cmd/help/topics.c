/* SPDX-License-Identifier: Apache-2.0 */
#include "help/topics.h"

#include "base/alloc.h"
#include "base/strv.h"
#include "help/help.h"

/* The summaries are the first lines of the texts; a test holds them against each other. */
const struct man_topic help_topics[] = {
	{"building", "how to make an image"},
	{"environment", "variables and files that onggi reads"},
	{"exit-codes", "what the exit code of onggi says"},
	{"formats", "templates for --format"},
	{"limits", "memory, processors and processes of a container"},
	{"networks", "what a container sees of the network"},
	{"references", "names, tags, digests and ids of images"},
	{"registries", "where images are fetched from"},
	{"rootless", "containers of ordinary users"},
	{"volumes", "data that outlives a container"},
	{NULL, NULL},
};

/* In the order of help_topics. */
static const struct {
	const unsigned char *text;
	const size_t *size;
} texts[] = {
	{help_building, &help_building_size},	  {help_environment, &help_environment_size},
	{help_exit_codes, &help_exit_codes_size}, {help_formats, &help_formats_size},
	{help_limits, &help_limits_size},	  {help_networks, &help_networks_size},
	{help_references, &help_references_size}, {help_registries, &help_registries_size},
	{help_rootless, &help_rootless_size},	  {help_volumes, &help_volumes_size},
};
_Static_assert(ARRAY_SIZE(texts) + 1 == ARRAY_SIZE(help_topics), "a topic without a text");

char *help_topic_text(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (str_eq(help_topics[i].name, name))
			return xstrndup((const char *)texts[i].text, *texts[i].size);
	}
	return NULL;
}
