/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded texts: no final NUL, so each has its size. lib/embed writes the definitions. */
#ifndef ONGGI_CMD_HELP_TOPICS_H
#define ONGGI_CMD_HELP_TOPICS_H

#include <stddef.h>

#define HELP_TEXT(name)                                                                            \
	extern const unsigned char help_##name[];                                                  \
	extern const size_t help_##name##_size

HELP_TEXT(building);
HELP_TEXT(environment);
HELP_TEXT(exit_codes);
HELP_TEXT(formats);
HELP_TEXT(limits);
HELP_TEXT(networks);
HELP_TEXT(references);
HELP_TEXT(registries);
HELP_TEXT(rootless);
HELP_TEXT(volumes);

#undef HELP_TEXT

#endif
