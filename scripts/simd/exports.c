/*
 * What `src/security/simd-module.ts` exports of libsodium, by the names and with the arguments of libsodium's own
 * WebAssembly build, where a size of 64 bits comes in two halves. Built by build.mjs; nothing is computed here.
 */
#include "crypto_onetimeauth.h"
#include "crypto_secretbox.h"
#include "crypto_stream_salsa20.h"

#define EXPORT(name) __attribute__((export_name("_" #name))) int _##name
#define SIZE(low, high) ((unsigned long long) (high) << 32 | (low))

typedef unsigned char *Into;
typedef const unsigned char *From;
typedef unsigned int Half;

EXPORT(crypto_stream_salsa20_xor)(Into c, From m, Half low, Half high, From n, From k) {
    return crypto_stream_salsa20_xor(c, m, SIZE(low, high), n, k);
}

EXPORT(crypto_onetimeauth)(Into tag, From m, Half low, Half high, From k) {
    return crypto_onetimeauth(tag, m, SIZE(low, high), k);
}

EXPORT(crypto_onetimeauth_verify)(From tag, From m, Half low, Half high, From k) {
    return crypto_onetimeauth_verify(tag, m, SIZE(low, high), k);
}

EXPORT(crypto_secretbox_easy)(Into c, From m, Half low, Half high, From n, From k) {
    return crypto_secretbox_easy(c, m, SIZE(low, high), n, k);
}

EXPORT(crypto_secretbox_open_easy)(Into m, From c, Half low, Half high, From n, From k) {
    return crypto_secretbox_open_easy(m, c, SIZE(low, high), n, k);
}

/* libsodium takes the implementation that suits the processor. Here that is the one for four words at once. */
int _crypto_stream_salsa20_pick_best_implementation(void);
int _crypto_onetimeauth_poly1305_pick_best_implementation(void);

int sodium_runtime_has_sse2(void) {
    return 1;
}

EXPORT(sodium_init)(void) {
    return _crypto_stream_salsa20_pick_best_implementation() | _crypto_onetimeauth_poly1305_pick_best_implementation();
}

/* Called for sizes that no memory has. */
void sodium_misuse(void) {
    __builtin_trap();
}
