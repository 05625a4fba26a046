/** The part of libsodium's WebAssembly build that is used here; the package brings no types. */
declare module "libsodium-sumo" {
  export interface LibsodiumModule {
    /** The memory of the module; another object after it has grown. */
    readonly HEAPU8: Uint8Array;
    _sodium_init(): number;
    /** 0 when there is no memory left. */
    _malloc(size: number): number;
    _free(at: number): void;
    _randombytes_buf(at: number, size: number): void;
    _crypto_box_keypair(publicKey: number, secretKey: number): number;
    _crypto_scalarmult_base(publicKey: number, secretKey: number): number;
    // Sizes have 64 bits, in two halves.
    _crypto_box_easy(
      c: number,
      m: number,
      size: number,
      high: number,
      n: number,
      pk: number,
      sk: number,
    ): number;
    _crypto_box_open_easy(
      m: number,
      c: number,
      size: number,
      high: number,
      n: number,
      pk: number,
      sk: number,
    ): number;
    _crypto_box_beforenm(key: number, publicKey: number, secretKey: number): number;
    _crypto_box_easy_afternm(c: number, m: number, size: number, high: number, n: number, k: number): number;
    _crypto_box_open_easy_afternm(
      m: number,
      c: number,
      size: number,
      high: number,
      n: number,
      k: number,
    ): number;
    _crypto_secretbox_easy(c: number, m: number, size: number, high: number, n: number, k: number): number;
    _crypto_secretbox_open_easy(
      m: number,
      c: number,
      size: number,
      high: number,
      n: number,
      k: number,
    ): number;
    _crypto_core_hsalsa20(into: number, input: number, key: number, constant: number): number;
    _crypto_stream_salsa20_xor(
      c: number,
      m: number,
      size: number,
      high: number,
      n: number,
      k: number,
    ): number;
    _crypto_onetimeauth(tag: number, message: number, size: number, high: number, key: number): number;
    _crypto_onetimeauth_verify(tag: number, message: number, size: number, high: number, key: number): number;
    _crypto_auth(tag: number, message: number, size: number, high: number, key: number): number;
    _crypto_auth_verify(tag: number, message: number, size: number, high: number, key: number): number;
  }

  /** A new instance of the module. `getRandomValue`: where its randomness comes from, 32 bits a call. */
  export default function create(settings: { getRandomValue(): number }): Promise<LibsodiumModule>;
}
