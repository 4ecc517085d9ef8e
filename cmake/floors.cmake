# The folders of src/ in the order of their floors; each has a CMakeLists.txt of one line.
set(VIADUCT_FOLDERS
  base
  signalling/sdp signalling/sip signalling/jsonrpc
  transport/stun transport/rtp transport/srtp transport/dtls
  media/codec media/audio
  signalling/negotiation signalling/dialog signalling/verto
  transport/ice transport/peer
  media/graph
  core/directory core/dialplan core/call core/location
  io/net io/store
  server/legs server/node
  server/admin server/app)
