/* SPDX-License-Identifier: Apache-2.0 */
/* The suites of lib/oci, one per file. */
#ifndef ONGGI_TESTS_UNIT_OCI_SUITES_H
#define ONGGI_TESTS_UNIT_OCI_SUITES_H

#include <check.h>

Suite *suite_descriptor(void);
Suite *suite_device_string(void);
Suite *suite_digest(void);
Suite *suite_image_config(void);
Suite *suite_index_select(void);
Suite *suite_manifest(void);
Suite *suite_media_type(void);
Suite *suite_mount_string(void);
Suite *suite_platform(void);
Suite *suite_port_string(void);
Suite *suite_reference(void);
Suite *suite_runtime_spec(void);
Suite *suite_signal_string(void);
Suite *suite_ulimit_string(void);

#endif
