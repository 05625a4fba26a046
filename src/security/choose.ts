/** Which mechanism a socket's options ask for, and in which role. libzmq: options.cpp. */
export interface SecurityValues {
  plainServer: boolean;
  plainUsername: string | Uint8Array | null;
  plainPassword: string | Uint8Array | null;
}

export function mechanismOf(options: SecurityValues): { mechanism: string; asServer: boolean } {
  const { plainServer, plainUsername, plainPassword } = options;
  if (plainServer) return { mechanism: "PLAIN", asServer: true };
  if (plainUsername !== null || plainPassword !== null) return { mechanism: "PLAIN", asServer: false };
  return { mechanism: "NULL", asServer: false };
}
