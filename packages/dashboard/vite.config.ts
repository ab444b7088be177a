import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const KIB = 1024;

export default defineConfig({
  base: "/",
  plugins: [react(), tailwindcss()],
  build: {
    outDir: "dist",
    // light-dark() is used as it stands
    target: ["chrome123", "firefox120", "safari17.5"],
    // inlined assets would need `data:` in the server's Content-Security-Policy
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: KIB,
  },
  server: {
    proxy: { "/api": { target: "http://127.0.0.1:4747", changeOrigin: true } },
  },
});
