/* SPDX-License-Identifier: Apache-2.0 */
/* What a fuzz target is: one function, called by libFuzzer or by replay.c for each file of a
 * corpus. */
#ifndef ONGGI_TESTS_FUZZ_FUZZ_H
#define ONGGI_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Try one input. Returns 0; a property that does not hold ends the process by FUZZ_CHECK(). */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* abort(3), which both libFuzzer and meson notice, unless the property holds. */
#define FUZZ_CHECK(property)                                                                       \
	do {                                                                                       \
		if (!(property)) {                                                                 \
			(void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__,    \
				      #property);                                                  \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
