/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ONGGI_TESTS_REGISTRY_SUITES_H
#define ONGGI_TESTS_REGISTRY_SUITES_H

#include <check.h>

Suite *suite_auth(void);
Suite *suite_blob(void);
Suite *suite_call(void);
Suite *suite_distribution(void);
Suite *suite_http(void);
Suite *suite_http_curl(void);
Suite *suite_http_head(void);
Suite *suite_http_url(void);
Suite *suite_manifest(void);
Suite *suite_problem(void);
Suite *suite_retry(void);

#endif
