/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ONGGI_TESTS_REGISTRY_SUITES_H
#define ONGGI_TESTS_REGISTRY_SUITES_H

#include <check.h>

Suite *suite_blob(void);

#endif
