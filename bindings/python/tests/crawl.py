"""Crawls a site and prints what came of it as JSON: the items, the statistics, the pages whose callback was called.

python crawl.py ADDRESS SETTINGS
"""

import json
import sys

import scrapy
from scrapy.crawler import CrawlerProcess


class Pages(scrapy.Spider):
    name = "pages"
    handle_httpstatus_list = (404,)

    async def start(self):
        yield scrapy.Request(self.address, meta={"pagesieve": False})

    def parse(self, response):
        for link in response.css("li a::attr(href)").getall():
            if link not in ("/", "/sport"):
                yield response.follow(link, self.parse_page)

    def parse_page(self, response):
        self.called.append(response.url)
        if isinstance(response, scrapy.http.HtmlResponse):
            yield {"url": response.url, "html": response.text}
        else:
            yield {"url": response.url}


class Collect:
    def process_item(self, item):
        items.append({name: value for name, value in item.items() if name != "html"})
        return item


items: list = []
called: list = []
if __name__ == "__main__":
    address, settings = sys.argv[1], json.loads(sys.argv[2])
    defaults = {
        "ADDONS": {"pagesieve.scrapy.Addon": 500},
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
        "DOWNLOAD_DELAY": 0,
        "ITEM_PIPELINES": {Collect: 900},
        "LOG_LEVEL": "ERROR",
        "ROBOTSTXT_OBEY": False,
        "TELNETCONSOLE_ENABLED": False,
    }
    process = CrawlerProcess({**defaults, **settings})
    crawler = process.create_crawler(Pages)
    process.crawl(crawler, address=address, called=called)
    process.start()
    print(json.dumps({"items": items, "called": called, "stats": crawler.stats.get_stats()}, default=str))
