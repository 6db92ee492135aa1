export interface AdminServer {
  close(): Promise<void>;
}
