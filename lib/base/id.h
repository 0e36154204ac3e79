/* SPDX-License-Identifier: Apache-2.0 */
/* Random identifiers and names, and hexadecimal. */
#ifndef ONGGI_BASE_ID_H
#define ONGGI_BASE_ID_H

#include <stdbool.h>
#include <stddef.h>

#define ID_LEN	     64 /* hex digits of a container id */
#define ID_SHORT_LEN 12

/* Fill ret with ID_LEN random lower-case hex digits and a NUL, never all decimal digits. */
void id_random(char ret[ID_LEN + 1]);
/* Are all len bytes lower-case hex digits? */
bool hex_valid(const char *s, size_t len);
/* Write 2 * n hex digits and a NUL. */
void hex_encode(const void *data, size_t n, char *ret);
/* A random "adjective_noun" for a container without --name; to be freed. */
char *name_random(void);

#endif
