#include <algorithm>

#include "signalling/sdp/description.h"

namespace viaduct::sdp {
namespace {

void put_line(std::string& out, char type, std::string_view value) {
  out += type;
  out += '=';
  out += value;
  out += "\r\n";
}

std::string text_of(const Connection& c) { return c.network + ' ' + c.family + ' ' + c.address; }

// The lines whose type is one of `types`, in their own order: t= and r= lines belong together.
void put_lines(std::string& out, const std::vector<Line>& lines, std::string_view types) {
  for (const Line& line : lines)
    if (types.find(line.type) != std::string_view::npos) put_line(out, line.type, line.value);
}

void put_attributes(std::string& out, const Attributes& attributes) {
  for (const Attribute& attribute : attributes)
    put_line(out, 'a', attribute.value ? attribute.name + ':' + *attribute.value : attribute.name);
}

void put_media(std::string& out, const Media& media) {
  std::string head = media.kind + ' ' + std::to_string(media.port);
  if (media.port_count != 1) head += '/' + std::to_string(media.port_count);
  head += ' ' + media.protocol;
  for (const std::string& format : media.formats) head += ' ' + format;
  put_line(out, 'm', head);
  put_lines(out, media.lines, "i");
  if (media.connection) put_line(out, 'c', text_of(*media.connection));
  put_lines(out, media.lines, "b");
  put_lines(out, media.lines, "k");
  put_attributes(out, media.attributes);
}

}  // namespace

std::string print(const Description& description) {
  std::string out;
  out.reserve(1024);
  const Origin& origin = description.origin;
  put_line(out, 'v', "0");
  put_line(
      out, 'o',
      origin.user + ' ' + origin.session_id + ' ' + origin.version + ' ' + text_of(origin.address));
  put_line(out, 's', description.name);
  for (const char* type : {"i", "u", "e", "p"}) put_lines(out, description.lines, type);
  if (description.connection) put_line(out, 'c', text_of(*description.connection));
  put_lines(out, description.lines, "b");
  if (std::ranges::find(description.lines, 't', &Line::type) == description.lines.end())
    put_line(out, 't', "0 0");
  for (const char* types : {"tr", "z", "k"}) put_lines(out, description.lines, types);
  put_attributes(out, description.attributes);
  for (const Media& media : description.media) put_media(out, media);
  return out;
}

}  // namespace viaduct::sdp
