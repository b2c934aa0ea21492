/* How does a test get certificates, and an authority that signs them? */
#ifndef WEIR_TEST_CERTIFICATE_H
#define WEIR_TEST_CERTIFICATE_H

/* Made by the openssl command, good for two days, of FOLDER/NAME.pem and FOLDER/NAME.key, and both
 * together, as a broker's key store, in FOLDER/NAME.store. The test fails with openssl's words. */

/* An authority, CN=NAME, that nobody knows yet. */
void certificate_authority(const char *folder, const char *name);
/* CN=NAME, for localhost and 127.0.0.1, from an authority in the same folder. */
void certificate_sign(const char *folder, const char *authority, const char *name);

#endif /* WEIR_TEST_CERTIFICATE_H */
