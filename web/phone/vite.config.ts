import { defaultClientConditions, defineConfig } from "vite";

// Where `npm run dev` finds a running server.
const server = process.env["VIADUCT"] ?? "http://localhost:8081";

export default defineConfig({
  base: "./",
  resolve: { conditions: ["viaduct-source", ...defaultClientConditions] },
  build: {
    outDir: "../../build/web",
    emptyOutDir: true,
    target: "es2022",
    // The server's content policy forbids inline data.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/verto": { target: server, ws: true, changeOrigin: true } } },
});
